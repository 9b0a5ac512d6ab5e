"""Programmes: who may add one, which codes are good, and who sees which."""

import pytest
from sqlalchemy import select

from core.domain.permissions import Actor, Role, Scope
from core.errors import Conflict, InvalidInput, NotAllowed
from core.models import AuditEvent, Programme, Unit
from core.services.programmes import ProgrammeView, add_programme, list_programmes
from core.storage.database import reading
from tests.conftest import Registry

CHEN = Actor(1, "chen", (Scope(Role.ADMINISTRATOR, "1/"),))
BROOK = Actor(2, "brook", (Scope(Role.ANALYST, "1/"),))


def test_a_programme_is_added_in_capitals_and_logged(registry: Registry) -> None:
    added = add_programme(CHEN, " cash-24 ", "Cash for work", "household")

    assert added == ProgrammeView("CASH-24", "Cash for work", Unit.HOUSEHOLD)
    assert list_programmes(BROOK) == [added]
    with reading() as db:
        event = db.execute(select(AuditEvent)).scalar_one()
        assert (event.actor, event.action, event.subject) == (
            "chen",
            "add_programme",
            "programme:CASH-24",
        )


def test_only_an_administrator_adds_one(registry: Registry) -> None:
    with pytest.raises(NotAllowed):
        add_programme(BROOK, "CASH", "Cash", Unit.INDIVIDUAL)
    assert list_programmes(BROOK) == []


def test_a_code_is_given_once(registry: Registry) -> None:
    add_programme(CHEN, "CASH", "Cash", "individual")

    with pytest.raises(Conflict, match="CASH exists already"):
        add_programme(CHEN, "cash", "Other", "individual")

    assert [programme.name for programme in list_programmes(BROOK)] == ["Cash"]


@pytest.mark.parametrize(
    ("code", "name", "unit"),
    [
        ("C", "Cash", "individual"),
        ("CASH ONE", "Cash", "individual"),
        ("ÉCOLE", "Cash", "individual"),
        ("C" * 31, "Cash", "individual"),
        ("CASH", "  ", "individual"),
        ("CASH", "x" * 201, "individual"),
        ("CASH", "Cash", "village"),
    ],
)
def test_a_bad_value_is_refused(registry: Registry, code: str, name: str, unit: str) -> None:
    with pytest.raises(InvalidInput):
        add_programme(CHEN, code, name, unit)


def test_a_grant_for_one_programme_shows_that_one_only(registry: Registry) -> None:
    for code in ("CASH", "SKILLS"):
        add_programme(CHEN, code, code, "individual")
    with reading() as db:
        key = db.execute(select(Programme.id).where(Programme.code == "SKILLS")).scalar_one()
    limited = Actor(3, "amina", (Scope(Role.VIEWER, "1/", key),))

    assert [programme.code for programme in list_programmes(limited)] == ["SKILLS"]
    assert [programme.code for programme in list_programmes(BROOK)] == ["CASH", "SKILLS"]
    assert list_programmes(Actor(4, "dana", ())) == []
