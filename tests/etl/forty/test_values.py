"""Nasty values, cases 19 to 35 and 39: what is typed, what is asked, and nothing guessed."""

import json
from collections import defaultdict
from datetime import date

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.etl.choices import Column, Mapping
from core.etl.reference import Gazetteer
from tests.etl.checking import Outcome, check_file, written
from tests.etl.forty.values_cases import CASES, Case


def checked(case: Case, tmp_path) -> Outcome:
    return check_file(written(tmp_path / "people.csv", case.text), Mapping(case.columns))


def value(row: pd.Series, name: str) -> object:
    """A field of a checked row as plain data: dates as text, blanks as None."""
    family, _, inner = name.partition(".")
    if inner:
        return json.loads(row[f"{family}s"]).get(inner)
    found = row[name]
    if pd.isna(found):
        return None
    return found.date().isoformat() if isinstance(found, pd.Timestamp) else found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_value_is_typed_or_told(case, tmp_path):
    done = checked(case, tmp_path)

    found = defaultdict(list)
    for row, rule in zip(done.issues["row"], done.issues["rule"], strict=True):
        found[rule].append(row)
    assert {rule: tuple(rows) for rule, rows in found.items()} == dict(case.rules)
    rows = done.frame.set_index("row")
    for number, fields in case.rows.items():
        seen = {name: value(rows.loc[number], name) for name in fields}
        assert seen == fields, number


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_size_of_a_batch_changes_no_answer(case, tmp_path):
    path = written(tmp_path / "people.csv", case.text)

    whole, single = (check_file(path, Mapping(case.columns), batch_rows=n) for n in (50_000, 1))

    assert single.frame.equals(whole.frame)
    assert single.rules == whole.rules


def test_case_20_real_dates_of_a_workbook_that_counts_from_1904_are_right(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for cells in (["Full name", "Date of birth"], ["Awa Diallo", date(1990, 1, 2)]):
        book.active.append(cells)
    book.save(tmp_path / "mac.xlsx")

    done = check_file(tmp_path / "mac.xlsx")

    assert (str(done.frame["birth_date"][0].date()), done.rules) == ("1990-01-02", {})


class Place:
    """A node of a small tree: two districts with a village of one name."""

    def __init__(self, number, code, name, path):
        self.id, self.code, self.name, self.path = number, code, name, path
        self.level = path.count("/") - 2


def test_case_35_a_village_is_found_in_its_district_and_never_by_the_first_match():
    places = Gazetteer(["1/"])
    places.add(
        [
            Place(2, "N", "North", "1/2/"),
            Place(3, "S", "South", "1/3/"),
            Place(4, "N1", "Bimbo", "1/2/4/"),
            Place(5, "S1", "Bimbo", "1/3/5/"),
        ]
    )

    def found(district, village):
        place = places.find((district, None, None, None, village))
        return place.location_id, place.rule

    assert found("South", "bimbo") == (5, "")
    assert found("North", "BIMBO") == (4, "")
    assert found(None, "Bimbo") == (2, "ambiguous_place")
    assert found("South", "Bimbbo") == (2, "unknown_place")


def test_a_persons_word_on_blanks_reaches_identifiers_and_keys_too(tmp_path):
    path = written(tmp_path / "t.csv", "Name,UIN\nAwa Diallo,999\nAli Ba,999\nIssa Ka,7\n")
    told = Mapping({"Name": Column("full_name"), "UIN": Column("identifier.uin", blanks=("999",))})

    assert check_file(path, told).rules == {}
    assert check_file(path, told, key="UIN").of("key_missing") == [
        (2, "UIN", ""),
        (3, "UIN", ""),
    ]
