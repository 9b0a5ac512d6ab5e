"""A CSV of made-up registrations, as many rows as asked for, the same for the same seed."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    "Registration ID", "Full name", "Sex", "Date of birth", "Household ID", "Relationship",
    "Marital status", "Disability", "Phone number", "National ID", "Region code", "District code",
    "Village code", "Address", "Poverty score", "Account number", "Registration date",
    "Water source", "Main crop", "Livestock",
)  # fmt: skip
REGIONS, DISTRICTS, VILLAGES = 5, 8, 25
"""Places: 5 regions with 8 districts each and 25 villages in every district."""
_DAY = date(2026, 1, 1)


def place_rows() -> list[tuple[str, str, str]]:
    """Return (code, name, parent code) of every place the file names."""
    rows = []
    for region in range(REGIONS):
        rows.append((f"R{region}", f"Region {region}", ""))
        for district in range(DISTRICTS):
            code = f"R{region}D{district}"
            rows.append((code, f"District {district} of {region}", f"R{region}"))
            rows += [(f"{code}V{v:02d}", f"Village {v} of {code}", code) for v in range(VILLAGES)]
    return rows


def write_places(path: Path) -> None:
    """Write the places as the file that `locations import` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "name", "parent"))
        writer.writerows(place_rows())


def write_people(path: Path, rows: int, seed: int = 1) -> None:
    """Write `rows` registrations in households of about four, no two alike."""
    draw = random.Random(seed)
    given = [f"{a}{b}" for a in _FIRST for b in _SECOND]
    family = [f"{a}{b}" for a in _SECOND_UPPER for b in _FIRST_LOWER]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        left, household = 0, 0
        village: tuple[str, str, str] = ("", "", "")
        surname = ""
        for number in range(rows):
            head = left == 0
            if head:
                left = draw.choice((1, 2, 3, 4, 5, 6, 7))
                household += 1
                region, district = draw.randrange(REGIONS), draw.randrange(DISTRICTS)
                code = f"R{region}D{district}"
                village = (f"R{region}", code, f"{code}V{draw.randrange(VILLAGES):02d}")
                surname = draw.choice(family)
            left -= 1
            writer.writerow(_person(draw, number, household, head, (village, surname, given)))


def touch_one(path: Path, target: Path) -> None:
    """Copy a file of people with another poverty score in the row in its middle."""
    with (
        path.open(newline="", encoding="utf-8") as file,
        target.open("w", newline="", encoding="utf-8") as copy,
    ):
        lines = file.readlines()
        (row,) = csv.reader([lines[len(lines) // 2]])
        row[HEADER.index("Poverty score")] = "100"
        copy.writelines(lines[: len(lines) // 2])
        csv.writer(copy).writerow(row)
        copy.writelines(lines[len(lines) // 2 + 1 :])


def _person(
    draw: random.Random,
    number: int,
    household: int,
    head: bool,
    home: tuple[tuple[str, str, str], str, list[str]],
) -> tuple[object, ...]:
    village, surname, given = home
    female = draw.random() < 0.52
    age = draw.randrange(18, 80) if head else draw.randrange(3, 60)
    born = _DAY - timedelta(days=age * 365 + draw.randrange(365))
    return (
        f"REG{number:09d}",
        f"{draw.choice(given)} {draw.choice(given)} {surname}",
        "Female" if female else "Male",
        born.strftime("%d/%m/%Y"),
        f"HH{household:08d}",
        "Head" if head else draw.choice(("Spouse", "Son", "Daughter", "Parent")),
        draw.choice(("Single", "Married", "Widowed")),
        "yes" if draw.random() < 0.07 else "no",
        f"+2547{draw.randrange(10**8):08d}",
        f"{number:06d}{draw.randrange(10**4):04d}",
        *village,
        f"Plot {draw.randrange(9999)}, Road {draw.randrange(99)}",
        f"{draw.random() * 100:.2f}",
        f"01{draw.randrange(10**11):011d}",
        (_DAY - timedelta(days=draw.randrange(1000))).strftime("%d/%m/%Y"),
        draw.choice(("well", "river", "tap", "borehole")),
        draw.choice(("maize", "millet", "rice", "none")),
        draw.randrange(12),
    )


_FIRST = ("Am", "Ba", "Cha", "De", "Fa", "Gi", "Ha", "Ib", "Jo", "Ka", "La", "Mo", "Ne", "Sa")
_SECOND = ("ina", "dou", "ntal", "sta", "tima", "rma", "wa", "rahim", "seph", "rim", "mine")
_SECOND_UPPER = ("Dia", "Toure", "Keita", "Mwan", "Okel", "Bek", "Tes", "Gur", "Raj", "Shre")
_FIRST_LOWER = ("llo", "ba", "gi", "lo", "ele", "faye", "ung", "an", "stha", "man", "no")
