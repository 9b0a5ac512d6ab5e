"""Nasty files, cases 13 to 17 and 39: the right letters, the right rows, or a clear sentence."""

import pytest

from core.errors import UnreadableFile
from core.etl import pipeline
from core.etl.extract import extractor_for
from tests.etl.checking import check_file
from tests.etl.forty.reading_cases import (
    CASES,
    HOSTILE,
    MOJIBAKE,
    REFUSED,
    Case,
    Refused,
    hostile_file,
    made,
    text,
)


@pytest.mark.parametrize("batch_rows", [1, 50_000])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_file_gives_its_people_and_names_the_others(case: Case, batch_rows, tmp_path):
    done = check_file(case.make(tmp_path), batch_rows=batch_rows)

    issues = done.issues[["row", "column", "rule"]].itertuples(index=False, name=None)
    assert tuple(done.clean["full_name"]) == case.names
    assert tuple(issues) == case.issues


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_file_without_a_table_says_so_in_a_sentence(case: Refused, tmp_path):
    path = case.make(tmp_path)

    with pytest.raises(UnreadableFile, match=case.words) as refused:
        pipeline.inspect(path)

    assert str(refused.value).endswith((".", "?"))
    assert path.name in str(refused.value)


def test_case_13_numbers_with_a_decimal_comma_are_read(tmp_path):
    done = check_file(CASES[0].make(tmp_path))

    assert done.frame["poverty_score"].tolist() == [12.5, 7.25, 30.0]


def test_case_14_the_candidates_show_cells_with_the_letters_in_question(tmp_path):
    path = made("people.csv", text(("1", "Jose Núñez", "M", "", "")), "cp1252")(tmp_path)
    form = extractor_for(path).text
    assert form

    candidates = form.encodings(path)

    assert (candidates[0].encoding, candidates[0].cells) == ("cp1252", ("Jose Núñez",))
    assert len(candidates) == 3
    assert all("\ufffd" not in "".join(one.cells) for one in candidates)


def test_case_14_letters_encoded_twice_are_not_lost_by_the_reading(tmp_path):
    path = made("people.csv", text(("1", MOJIBAKE, "M", "13/01/1980", "1")))(tmp_path)

    [row] = [line for line in extractor_for(path).sample(path, "people", 5) if line.row == 2]

    assert row.cells[1].encode("cp1252").decode() == "José Núñez"


def test_case_15_the_held_row_shows_its_text_as_it_stands(tmp_path):
    [case] = [one for one in CASES if one.id == "15 a quote that is never closed"]

    done = check_file(case.make(tmp_path))

    assert done.of("unclosed_quote") == [(3, "", '2;"José Núñez;M;13/01/1980;7,25')]


def test_case_39_what_a_spreadsheet_would_run_is_plain_text_here(tmp_path):
    done = check_file(hostile_file(tmp_path))

    assert done.clean["address"].tolist() == list(HOSTILE)
