"""Spellings of one free text: found where texts repeat, made one by steps, known next month."""

from pathlib import Path
from uuid import UUID

import pytest

from core.domain.permissions import Role
from core.errors import NotFound
from core.etl.choices import Column, Mapping
from core.etl.remedies.steps import Replace
from core.services import imports, mappings, remedies, spellings
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme
from tests.people import add_people, add_person

ROWS = (
    "Code,Nom complet,Métier,Quartier,Zone\n"
    "a-1,Awa Traoré,Agriculteur,Bangui-Centre,Zone 1 Bloc 2\n"
    "A 1,AWA TRAORÉ,agriculteur,Centre Bangui,Zone 2 Bloc 1\n"
    "a-2,Awa Traore,Agriculteur,Bangui-Centre,Zone 1 Bloc 2\n"
    "a-3,Traoré Awa,AGRICULTEUR,Bimbo,Zone 2 Bloc 1\n"
)
COLUMNS = Mapping(
    {
        "Code": Column("identifier.code"),
        "Nom complet": Column("full_name"),
        "Métier": Column(),
        "Quartier": Column("location.4"),
        "Zone": Column(),
    }
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def settled(desk: Desk, rows: str = ROWS) -> UUID:
    run = desk.start(rows)
    imports.set_mapping(desk.actor, run, COLUMNS)
    return run


def test_spellings_of_free_texts_are_made_one_taken_back_and_remembered(desk: Desk) -> None:
    run = settled(desk)

    trade, quarter = spellings.find_spellings(desk.actor, run)

    assert (trade.header, trade.variants.proposed, trade.variants.is_sure) == (
        "Métier",
        "Agriculteur",
        True,
    )
    assert trade.variants.spellings == (("Agriculteur", 2), ("AGRICULTEUR", 1), ("agriculteur", 1))
    assert (quarter.header, quarter.variants.is_sure) == ("Quartier", False)
    made = [Replace("Métier", old, "Agriculteur") for old in ("AGRICULTEUR", "agriculteur")]
    positions = remedies.add_steps(desk.actor, run, made)
    assert [one.header for one in spellings.find_spellings(desk.actor, run)] == ["Quartier"]
    remedies.undo_step(desk.actor, run, positions[0])
    assert spellings.find_spellings(desk.actor, run)[0].variants.count == 4
    remedies.redo_step(desk.actor, run, positions[0])
    mappings.save(desk.actor, run, "List")
    (match,) = mappings.find_for(desk.actor, ROWS.splitlines()[0].split(","))
    assert [step["to" if "to" in step else "new"] for step in match.view.kept.steps] == [
        "Agriculteur",
        "Agriculteur",
    ]


def test_a_key_a_column_of_too_many_values_and_anothers_file_are_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = settled(desk)
    imports.set_mapping(desk.actor, run, COLUMNS, "Quartier")
    assert [one.header for one in spellings.find_spellings(desk.actor, run)] == ["Métier"]

    monkeypatch.setattr(spellings, "MOST_DISTINCT", 2)
    assert spellings.find_spellings(desk.actor, run) == []
    with transaction() as db:
        other = add_person(db, "nana", Role.ANALYST)
    with pytest.raises(NotFound):
        spellings.find_spellings(other, run)
