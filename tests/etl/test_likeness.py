"""How well likely doubles are found: explained one by one, and counted on public linkage data."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations

import pytest

from core.etl.runs import likeness
from core.etl.runs.likeness import Facts, Finder, compare, facts
from tests.conftest import shared_file

BASE = {"sex": "FEMALE", "birth_date": date(1990, 5, 14), "place": 7}


def one(name: str, **values: object) -> Facts:
    return facts(1, name, {**BASE, **values})


def reasons(first: Facts, second: Facts) -> tuple[str, ...]:
    found = compare(first, second)
    return found.reasons if found else ()


def test_a_typo_in_the_name_is_one_person() -> None:
    assert "similar_name" in reasons(one("Aminata Diallo"), one("Aminaka Diallo"))


def test_another_script_or_spelling_sounds_alike() -> None:
    assert "sounds_alike" in reasons(one("Mohamed Ali"), one("Muhammad Aly"))
    assert "sounds_alike" in reasons(one("Mohamed Ali"), one("محمد علي"))


def test_day_and_month_swapped_are_recognised() -> None:
    swapped = one("Awa Traoré", birth_date=date(1990, 3, 8))

    found = reasons(one("Awa Traore", birth_date=date(1990, 8, 3)), swapped)

    assert "birth_day_and_month_swapped" in found


def test_twins_of_one_household_are_two() -> None:
    twins = (one("Awa Traoré", home="H1"), one("Sira Traoré", home="H1"))

    assert compare(*twins) is None


def test_namesakes_of_another_age_are_two() -> None:
    assert compare(one("Awa Traoré"), one("Awa Traoré", birth_date=date(1961, 2, 3))) is None


def test_a_brother_is_not_his_sister() -> None:
    assert compare(one("Dominique Sow"), one("Dominique Fall", sex="MALE")) is None


def test_the_number_of_comparisons_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "MOST_COMPARED", 10)
    finder = Finder([facts(n, f"Awa Traoré {n % 7}", BASE) for n in range(40)])

    finder.within()

    assert not finder.complete


def test_a_key_that_everybody_has_costs_nothing() -> None:
    finder = Finder([facts(n, "Awa Traoré", BASE) for n in range(5_000)])

    finder.within()

    assert finder.compared == 0


def _febrl(number: int) -> Iterator[tuple[str, Facts]]:
    path = shared_file(f"linkage/febrl/dataset{number}.csv")
    with path.open(encoding="utf-8") as file:
        for n, read in enumerate(csv.DictReader(file, skipinitialspace=True)):
            row = {name.strip(): (value or "").strip() for name, value in read.items()}
            values = {
                "birth_date": _day(row["date_of_birth"]),
                "place": row["suburb"] or None,
                "address": row["address_1"],
            }
            name = f"{row['given_name']} {row['surname']}"
            yield row["rec_id"].split("-")[1], facts(n, name, values)


def _splink() -> Iterator[tuple[str, Facts]]:
    with shared_file("linkage/splink/fake_1000.csv").open(encoding="utf-8") as file:
        for n, row in enumerate(csv.DictReader(file)):
            values = {
                "birth_date": _day(row["dob"]),
                "place": row["city"] or None,
                "email": row["email"],
            }
            yield row["cluster"], facts(n, f"{row['first_name']} {row['surname']}", values)


def _day(text: str) -> date | None:
    digits = text.replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("febrl 1", 0.99, 0.88), ("febrl 3", 0.99, 0.81), ("splink", 0.98, 0.45)],
)
def test_pairs_of_public_linkage_data(name: str, precision: float, recall: float) -> None:
    kind, _, number = name.partition(" ")
    records = list(_febrl(int(number)) if kind == "febrl" else _splink())
    people = defaultdict(list)
    for truth, record in records:
        people[truth].append(record.number)
    true = {pair for numbers in people.values() for pair in combinations(numbers, 2)}
    finder = Finder([record for _, record in records])

    finder.within()

    found = {tuple(sorted((p.row, p.other))) for pairs in finder.pairs.values() for p in pairs}
    assert len(found & true) / len(found) >= precision
    assert len(found & true) / len(true) >= recall
