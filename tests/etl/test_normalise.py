"""Typed rows: meaning kept, text kept to the letter, the same hash for the same row."""

import json

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from core.etl import cells
from core.etl.choices import Column, Mapping
from core.etl.normalise import Plan, normalise
from core.etl.rows import ROW
from core.etl.values import convert, phones
from core.etl.values.codes import meanings
from tests.etl.checking import TODAY


def typed(columns, mapping, **plan):
    size = len(next(iter(columns.values())))
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    table = pa.table({ROW: pa.array(range(2, size + 2), pa.int64()), **arrays})
    chosen = Mapping({header: Column(field) for header, field in mapping.items()})
    return normalise(table, Plan(chosen, TODAY, **plan))


def test_none_and_na_are_names_of_people_and_blanks_elsewhere():
    done = typed(
        {"N": ["None", "Na", "-", "A"], "T": ["none", "N/A", "x", "-"]},
        {"N": "full_name", "T": "email"},
    )

    assert done.frame["full_name"].fillna("").tolist() == ["None", "Na", "", "A"]
    assert done.frame["email"].fillna("").tolist() == ["", "", "x", ""]


def test_an_age_estimates_the_birth_date_unless_it_is_known():
    done = typed(
        {"A": ["30", "30", "", "150"], "B": ["", "1994-03-01", "", ""], "N": ["a", "b", "c", "d"]},
        {"A": "age", "B": "birth_date"},
    )

    assert done.frame["birth_date"].astype("str").tolist()[:2] == ["1995-01-01", "1994-03-01"]
    assert done.frame["birth_precision"].fillna("").tolist() == ["ESTIMATED", "DAY", "", ""]
    assert done.issues["rule"].tolist() == ["invalid_age"]


def test_disability_follows_from_the_washington_group_answers():
    codes = {"S": meanings("wg_seeing", ["1", "3", "888", "2"], {}), "H": {"1": "1"}}
    done = typed(
        {"S": ["1", "3", "888", "2"], "H": ["1", "", "", ""]},
        {"S": "wg_seeing", "H": "wg_hearing"},
        codes=codes,
    )

    assert done.frame["disability"].tolist() == [False, True, pd.NA, False]


def test_an_unknown_word_is_never_false():
    known = meanings("disability", ["yes", "no", "maybe"], {})
    done = typed({"D": ["yes", "no", "maybe", ""]}, {"D": "disability"}, codes={"D": known})

    assert done.frame["disability"].tolist()[:3] == [True, False, pd.NA]
    assert done.issues["rule"].tolist() == ["unknown_code"]


def test_the_order_of_columns_does_not_change_the_fingerprint():
    one = typed({"Name": ["A"], "Town": ["B"]}, {"Name": "full_name"}).frame
    other = typed({"Town": [" B "], "Name": ["A"]}, {"Name": "full_name"}).frame

    assert one["fingerprint"].tolist() == other["fingerprint"].tolist()
    assert one["digest"].tolist() == other["digest"].tolist()


def test_values_that_run_together_are_told_apart():
    frame = typed({"A": ["ab", "a"], "B": ["c", "bc"]}, {}).frame

    assert frame["fingerprint"].nunique() == 2


def test_phones_keep_digits_and_plus_and_destroyed_ones_are_left_out():
    phones = [
        "+745 5218119193",
        "(0712) 345-678",
        "2.54708E+11",
        "712345678.0",
        "0712345678 / 0733345678",
        "none",
        "call me",
    ]
    done = typed({"P": phones}, {"P": "phone"})

    assert done.frame["phone"].fillna("").tolist() == [
        "+7455218119193", "0712345678", "", "712345678", "0712345678", "", "",
    ]  # fmt: skip
    assert sorted(done.issues["rule"]) == [
        "float_tail", "identifier_destroyed", "invalid_phone", "several_phones",
    ]  # fmt: skip


def test_a_number_with_two_readings_is_reported():
    done = typed({"S": ["12,5", "1,200", "1 200.5", "abc"]}, {"S": "poverty_score"})

    assert done.frame["poverty_score"].fillna(-1).tolist() == [12.5, -1, 1200.5, -1]
    assert done.issues["value"].tolist() == ["1,200", "abc"]


_TEXTS = st.lists(
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=15), min_size=1, max_size=8
)


@given(_TEXTS)
def test_cleaning_text_twice_changes_nothing_more(texts):
    once = cells.clean(pa.array(texts, pa.string()))

    assert cells.clean(once).equals(once)
    assert cells.one_line(cells.one_line(once)).equals(cells.one_line(once))


@given(_TEXTS)
def test_attributes_are_valid_json_and_hold_the_text(texts):
    frame = typed({"T": texts, "K": ["k"] * len(texts)}, {}).frame

    cleaned = cells.clean(pa.array(texts, pa.string())).to_pylist()
    blank = set(cells.NULL_MARKERS.to_pylist())
    for kept, text in zip(frame["attributes"], cleaned, strict=True):
        assert json.loads(kept) == ({"k": "k"} if text.lower() in blank else {"k": "k", "t": text})


@given(_TEXTS)
def test_no_text_breaks_a_converter(texts):
    distinct = cells.clean(pa.array(texts, pa.string()))

    for result in (
        phones.to_phones(distinct),
        convert.to_identifiers(distinct),
        convert.to_numbers(distinct),
        convert.to_integers(distinct, "age"),
        convert.to_integers(distinct, "household_size"),
        convert.to_dates(distinct, "birth_date", None, TODAY),
        convert.to_codes(distinct, "wg_seeing", {}),
        convert.to_codes(distinct, "sex", meanings("sex", distinct.to_pylist(), {})),
        convert.to_codes(distinct, "is_head", meanings("is_head", distinct.to_pylist(), {})),
    ):
        assert len(result.values) == len(distinct)


@given(st.from_regex(r"[0-9A-Z]{1,40}", fullmatch=True))
def test_identifiers_come_through_to_the_digit(text):
    kept = convert.to_identifiers(pa.array([text], pa.string())).values.to_pylist()[0]

    assert kept == text or text.lower() in cells.BLANKS.to_pylist()
