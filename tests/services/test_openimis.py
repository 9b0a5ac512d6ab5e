"""A legacy database as three tables: people, families and places joined, closed versions left out.

The figures are those of an independent count on the tables themselves.
"""

import csv
import json
from dataclasses import replace

import pytest

from core.etl.choices import Column, Mapping
from core.etl.tables.shapes import AS_PROPOSED, TableChoice
from core.services import imports
from core.services.imports import StartImport
from tests.conftest import shared_file
from tests.importing import add_place, add_programme, ask, figures
from tests.people import add_people

NAMES = ("tblInsuree.csv", "tblFamilies.csv", "tblLocations.csv")
OPEN = [{"header": "ValidityTo", "op": "empty"}]
SHAPE = {
    "table": NAMES[0],
    "keep": OPEN,
    "joins": [
        {
            "table": NAMES[1],
            "left": "FamilyID",
            "right": "FamilyID",
            "keep": OPEN,
            "columns": ["LocationId", "FamilyAddress", "Poverty"],
        },
        {
            "table": NAMES[2],
            "left": "LocationId",
            "right": "LocationId",
            "keep": OPEN,
            "columns": [],
            "lift": {
                "parent": "ParentLocationId",
                "level": "LocationType",
                "bring": "LocationCode",
                "levels": {"R": "Region", "D": "District", "W": "Municipality", "V": "Village"},
            },
        },
    ],
}
MAPPING = Mapping(
    {
        "CHFID": Column("identifier.chfid"),
        "LastName": Column("family_name"),
        "OtherNames": Column("given_name"),
        "DOB": Column("birth_date"),
        "Gender": Column("sex"),
        "Marital": Column("marital_status"),
        "IsHead": Column("is_head"),
        "FamilyID": Column("household"),
        "Village": Column("location"),
    }
)


@pytest.fixture
def order(registry):
    add_programme("CASH")
    files = [shared_file(f"registries/openimis_demo/{name}") for name in NAMES]
    beside = tuple((path, path.name) for path in files[1:])
    choice = TableChoice(shape=json.dumps(SHAPE))
    return StartImport(files[0], files[0].name, "CASH", beside=beside, tables=choice)


def published(actor, order):
    run = imports.start(actor, order)
    imports.set_mapping(actor, run, MAPPING, "CHFID")
    imports.check(actor, run)
    return run, imports.publish(actor, run)


def check_figures():
    """60 people, 30 women, 21 households with one head each."""
    assert ask("SELECT count(*) FROM person") == [(60,)]
    assert ask("SELECT count(*) FROM person WHERE sex = 'FEMALE'") == [(30,)]
    heads = ask(
        "SELECT h.id, sum(CASE WHEN m.is_head THEN 1 ELSE 0 END) FROM household h "
        "JOIN membership m ON m.household_id = h.id GROUP BY h.id"
    )
    assert [count for _, count in heads] == [1] * 21


def test_three_tables_become_sixty_people_in_twenty_one_households(order):
    actor = add_people().brook
    with order.beside[1][0].open(encoding="utf-8", newline="") as file:
        for place in csv.DictReader(file):
            if place["LocationType"] == "V" and not place["ValidityTo"]:
                add_place(place["LocationCode"], place["LocationName"])

    run, receipt = published(actor, order)

    assert figures(receipt) == (60, 0, 0, 0)
    check_figures()
    told = {one.rule: one.count for one in imports.findings(actor, run)}
    # Village 35 is not among the rows of tblLocations: the family's people have no place.
    assert told["orphan_row"] == 12
    placed = "SELECT count(*) FROM person p JOIN location l ON l.id = p.location_id"
    assert ask(f"{placed} WHERE l.code <> 'UNASSIGNED'") == [(48,)]
    assert ask(f"{placed} WHERE l.code = 'R1D2M2V1'") == [(9,)]


def test_the_same_tables_again_change_nothing(order):
    actor = add_people().brook
    published(actor, order)

    _, receipt = published(actor, order)

    assert figures(receipt) == (0, 0, 60, 0)
    check_figures()


def test_the_shape_is_proposed_from_the_keys_alone(order):
    actor = add_people().brook

    run = imports.start(actor, replace(order, tables=AS_PROPOSED))

    shape = imports.describe(actor, run).document.shape
    assert [(join.table.label, join.left) for join in shape.joins] == [
        ("tblFamilies", "FamilyID"),
        ("tblLocations", "LocationId"),
    ]
    assert [keep.header for keep in shape.keep] == ["ValidityTo"]
    imports.set_mapping(actor, run, MAPPING, "CHFID")
    imports.check(actor, run)
    imports.publish(actor, run)
    check_figures()


def test_the_order_of_the_files_does_not_matter(order):
    actor = add_people().brook
    path, name = order.beside[1]
    turned = replace(
        order,
        path=path,
        file_name=name,
        beside=(order.beside[0], (order.path, order.file_name)),
        tables=AS_PROPOSED,
    )

    run = imports.start(actor, turned)

    document = imports.describe(actor, run).document
    assert document.layout.label == "tblInsuree"
    assert [join.table.label for join in document.shape.joins] == ["tblFamilies", "tblLocations"]
