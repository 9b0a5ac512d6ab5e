"""The whole way of a file: repeats across batches, keys, headers lower down, sentences for all."""

import pytest

from core.errors import InvalidInput
from core.etl import pipeline
from core.etl.choices import Column, Mapping
from core.etl.rules import messages
from core.etl.rules.suite import load_suite
from core.etl.tables.reading import read_frame
from core.etl.tables.shapes import NO_SHAPE
from tests.etl.checking import TODAY, check_file, written

PEOPLE = "UIN,Full name,Gender,Date of birth\n"


def people(tmp_path, *lines):
    return written(tmp_path / "people.csv", PEOPLE + "\n".join(lines) + "\n")


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_repeats_are_found_across_batches(tmp_path, batch_rows):
    path = people(
        tmp_path,
        "1,Amina Diallo,F,25/12/1990",
        "2,Ali Ba,M,13/01/1980",
        "1,Amina Diallo,F,25/12/1990",
        "2,Alioune Ba,M,13/01/1980",
    )

    done = check_file(path, batch_rows=batch_rows)

    assert done.of("duplicate_in_file") == [(4, "", "2")]
    assert done.of("identifier_repeated") == [(5, "UIN", "3")]
    assert done.clean["row"].tolist() == [2, 3]


def test_a_key_names_each_record(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,F,1990", "1,Ali Ba,M,1980", ",Awa Fall,F,1970")

    done = check_file(path, key="UIN")

    assert done.frame["key"].tolist()[:2] == ["1", "1"]
    assert done.of("duplicate_in_file") == [(3, "UIN", "2")]
    assert done.of("key_missing") == [(4, "UIN", "")]


def test_a_value_that_cannot_be_read_is_not_called_missing_as_well(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,Q,31/02/1990", "2,Ali Ba,M,", "3,Awa Fall,,25/12/1990")

    done = check_file(path)

    assert done.of("invalid_date") == [(2, "Date of birth", "31/02/1990")]
    assert done.of("birth_date_missing") == [(3, "Date of birth", "")]
    assert done.of("sex_missing") == [(4, "Gender", "")]


def test_an_order_that_nothing_decides_gives_no_date_until_a_person_says(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,F,03/04/1990", "2,Ali Ba,M,05/06/1980")
    told = Mapping({"Full name": Column("full_name"), "Date of birth": Column("birth_date", "MDY")})

    unsure, sure = check_file(path), check_file(path, told)

    assert unsure.rules == {"ambiguous_date_order": 2}
    assert unsure.frame["birth_date"].isna().all()
    assert str(sure.frame["birth_date"][0].date()) == "1990-03-04"


def test_a_persons_word_on_values_comes_first(tmp_path):
    path = written(tmp_path / "t.csv", "Name,Sex\nAmina,2\nAli,1\n")
    told = Mapping(
        {"Name": Column("full_name"), "Sex": Column("sex", values={"1": "MALE", "2": "FEMALE"})}
    )

    assert check_file(path, told).frame["sex"].tolist() == ["FEMALE", "MALE"]


def test_a_title_above_the_headers_keeps_row_numbers_right(tmp_path):
    text = f"Register 2024;;;\n;;;\n{PEOPLE.replace(',', ';')}1;Amina Diallo;F;25/12/1990\n"
    done = check_file(written(tmp_path / "t.csv", text))

    assert done.frame["row"].tolist() == [4]
    assert done.frame["full_name"].tolist() == ["Amina Diallo"]


def test_a_crooked_row_is_held_with_its_own_cause_only(tmp_path):
    done = check_file(people(tmp_path, "1,Amina Diallo,F,25/12/1990", "2,"))

    assert done.rules == {"missing_cell": 1}
    assert done.clean["row"].tolist() == [2]


def test_a_mapping_for_another_file_is_refused(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,F,25/12/1990")

    with pytest.raises(InvalidInput, match="Surname"):
        check_file(path, Mapping({"Surname": Column("family_name")}))
    with pytest.raises(InvalidInput, match="Sheet 9"):
        pipeline.inspect(path, sheet="Sheet 9")


def test_the_same_file_gives_the_same_answer(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,F,25/12/1990", "2,Ali Ba,M,13/01/1980")

    assert check_file(path).frame.equals(check_file(path, batch_rows=1).frame)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_rule_has_a_sentence_that_names_the_row(language):
    facts = {"row": 17, "column": "Gender", "value": "Q"}

    for rule in {*messages.RULES, *load_suite().messages}:
        sentence = messages.message(rule, language, facts)
        assert ("Gender" if rule in messages.COLUMN_RULES else "17") in sentence
        assert "{" not in sentence


def test_today_is_a_parameter(tmp_path):
    path = people(tmp_path, "1,Amina Diallo,F,25/12/2024")
    seen = pipeline.inspect(path)
    mapping = pipeline.default_mapping(seen.suggestions)

    earlier = TODAY.replace(year=2020)
    frame = read_frame([path], seen.layout, NO_SHAPE, tmp_path / "frame.arrow")
    [then] = pipeline.check(frame, mapping, today=earlier)

    assert then.issues["rule"].tolist() == ["birth_in_future"]
    assert check_file(path).rules == {}
