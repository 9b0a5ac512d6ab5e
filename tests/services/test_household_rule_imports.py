"""A file for a programme with a household rule enrols the people and their households."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from core.domain.fields import Status
from core.domain.lifecycle import HouseholdRule
from core.domain.permissions import Actor, Role, Scope
from core.services import programmes, rewind
from core.storage import database
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask
from tests.people import add_people
from tests.rewinding import content

CHEN = Actor(1, "chen", (Scope(Role.ADMINISTRATOR, "1/"),))

HEAD = "Household Id,ID,Full name,Sex,Relationship to head,Status\n"
FAMILIES = (
    "H1,A1,Awa Traoré,F,spouse,POTENTIAL\nH1,A2,Moussa Koné,M,head,ACTIVE\n"
    "H2,A3,Fanta Diallo,F,child,SUSPENDED\n,A4,Issa Keïta,M,,ACTIVE\n"
)
HOMES = (
    "SELECT h.number, p.full_name, e.status FROM enrolment e JOIN person p ON p.id = e.person_id "
    "JOIN household h ON h.id = e.household_id ORDER BY h.id"
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


@pytest.fixture
def run_statements(registry: Registry) -> Callable[[], list[str]]:
    """Every statement that the registry's engine was given."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(database.engine(), "before_cursor_execute", note)
    return lambda: found


def rule(wanted: HouseholdRule) -> int:
    seen = programmes.describe(CHEN, "CASH")
    design = replace(seen.design, household_rule=wanted)
    return programmes.change(CHEN, "CASH", design, seen.version, "x").households


def test_new_households_are_enrolled_with_their_heads_status_and_leave_with_the_import(
    desk: Desk,
) -> None:
    rule(HouseholdRule.ANY)
    empty = content()

    first = desk.published(HEAD + FAMILIES, key="ID")

    homes = [row[1:] for row in ask(HOMES)]
    assert homes == [("Moussa Koné", "ACTIVE"), ("Fanta Diallo", "SUSPENDED")]
    assert ask("SELECT count(*) FROM enrolment WHERE household_id IS NULL") == [(4,)]
    late = desk.published(HEAD + "H1,A5,Binta Koné,F,child,POTENTIAL\n", key="ID")
    again = desk.published(HEAD + FAMILIES, key="ID")
    assert (late.new, again.unchanged) == (1, 4)
    assert [row[1:] for row in ask(HOMES)] == homes
    for receipt in (late, first):
        rewind.rewind(desk.actor, receipt.run)
    assert content() == empty


def test_without_a_rule_people_alone_are_enrolled_and_a_later_rule_makes_up_for_it(
    desk: Desk, run_statements: Callable[[], list[str]]
) -> None:
    before = len(run_statements())
    desk.published(HEAD + FAMILIES, key="ID")
    asked = run_statements()[before:]

    assert ask(HOMES) == []
    assert not [one for one in asked if "new_household_enrolment" in one]
    assert rule(HouseholdRule.ALL) == 2
    assert [row[1:] for row in ask(HOMES)] == [
        ("Moussa Koné", Status.ACTIVE),
        ("Fanta Diallo", Status.SUSPENDED),
    ]
