"""Many possible duplicates are decided in one act; a doubtful row stays for a person."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.services import bulk_decisions, imports, matching
from core.services.bulk_decisions import Alike
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person

HEAD = "ID,Full name,Sex,Date of birth,Phone,Region\n"
NAMES = ("Awa Traoré", "Sira Keïta", "Moussa Koné", "Fanta Sylla")


def line(key: str, name: str, at: int, region: str = "R1") -> str:
    return f"{key},{name},F,19{70 + 7 * at}-05-1{at},+2267000000{at},{region}\n"


KNOWN = "".join(line(f"A{at}", name, at) for at, name in enumerate(NAMES))
AGAIN = "".join(line(f"B{at}", name, at) for at, name in enumerate(NAMES[:3]))
# Row 5 is as much like row 2 as like the person; row 6 has no more than the birth and the phone.
UNCLEAR = line("B7", "Awa Traoré", 0) + line("B8", "Oumou Camara", 3)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    brook = add_people().brook
    for code in ("R1", "R2"):
        add_place(code, f"Region {code}")
    return Desk(brook, tmp_path)


def test_all_rows_that_are_alike_enough_are_decided_in_one_act_and_left_open_again(
    desk: Desk,
) -> None:
    desk.published(HEAD + KNOWN, key="ID")
    run = desk.checked(HEAD + AGAIN + UNCLEAR, key="ID")
    assert matching.to_decide(desk.actor, run) == [2, 3, 4, 5, 6]
    assert bulk_decisions.count_alike(desk.actor, run, 99) == Alike(3, 0, 1)

    with pytest.raises(Conflict, match="3 such rows now, not 4"):
        bulk_decisions.decide_alike(desk.actor, run, 99, same=True, expected=4)
    assert bulk_decisions.decide_alike(desk.actor, run, 99, same=True, expected=3) == 3

    with pytest.raises(Conflict, match="check it first"):
        imports.publish(desk.actor, run)
    imports.check(desk.actor, run)
    assert matching.summary(desk.actor, run).new == 2
    assert matching.to_decide(desk.actor, run) == [5, 6]
    (chosen,) = matching.candidates(desk.actor, run, 3)
    assert (chosen.name, chosen.decided) == ("Sira Keïta", True)

    (awa,) = matching.candidates(desk.actor, run, 5)
    matching.decide(desk.actor, run, 5, awa.choice)
    assert bulk_decisions.reopen(desk.actor, run) == 3
    imports.check(desk.actor, run)
    assert imports.describe(desk.actor, run).document.decisions == {5: awa.choice}
    assert matching.to_decide(desk.actor, run) == [2, 3, 4, 6]
    with pytest.raises(Conflict, match="decided together"):
        bulk_decisions.reopen(desk.actor, run)

    assert bulk_decisions.decide_alike(desk.actor, run, 99, same=True, expected=3) == 3
    imports.check(desk.actor, run)
    assert figures(imports.publish(desk.actor, run)) == (1, 3, 0, 1)
    with pytest.raises(Conflict, match="already published"):
        bulk_decisions.reopen(desk.actor, run)
    acts = ask(
        "SELECT action, CAST(details AS text) FROM audit_event "
        "WHERE action LIKE 'import.decide_%' ORDER BY id"
    )
    assert [action.removeprefix("import.decide_") for action, _ in acts] == [
        "alike",
        "reopen",
        "alike",
    ]
    assert all("99" in told for action, told in acts if action.endswith("alike"))
    assert not any(name in told for _, told in acts for name in NAMES)


def test_as_new_people_they_all_stay_apart(desk: Desk) -> None:
    desk.published(HEAD + KNOWN, key="ID")
    run = desk.checked(HEAD + AGAIN, key="ID")

    assert bulk_decisions.decide_alike(desk.actor, run, 90, same=False, expected=3) == 3

    imports.check(desk.actor, run)
    assert figures(imports.publish(desk.actor, run)) == (3, 0, 0, 0)
    assert ask("SELECT count(*) FROM person") == [(7,)]


def test_rows_of_one_file_are_held_and_shown_with_their_values(desk: Desk) -> None:
    run = desk.checked(HEAD + line("B1", "Awa Traoré", 1) + line("B2", "Traore Awa", 1), key="ID")

    (found,) = matching.candidates(desk.actor, run, 3)
    itself = matching.row_itself(desk.actor, run, 3)

    assert itself is not None
    facts = ("FEMALE", "1977-05-11", "+22670000001", "Region R1")
    assert (found.sex, found.birth_date, found.phone, found.place) == facts
    assert (itself.name, itself.sex, itself.birth_date, itself.phone, itself.place) == (
        "Traore Awa",
        *facts,
    )
    assert bulk_decisions.count_alike(desk.actor, run, 50) == Alike(1, 1, 0)
    bulk_decisions.decide_alike(desk.actor, run, 50, same=True, expected=1)
    imports.check(desk.actor, run)
    assert desk.rules(run) == {"repeated_person": (3,)}
    held = matching.row_itself(desk.actor, run, 3)
    assert held is not None
    assert (held.name, held.birth_date) == ("Traore Awa", "1977-05-11")


def test_somebody_who_left_the_reach_is_nobodys_double(desk: Desk) -> None:
    desk.published(HEAD + KNOWN, key="ID")
    with transaction() as db:
        narrow = replace(desk, actor=add_person(db, "nana", Role.ANALYST, "R1"))
    run = narrow.checked(HEAD + AGAIN, key="ID")
    desk.published(HEAD + line("A1", "Sira Keïta", 1, "R2"), key="ID")

    assert bulk_decisions.count_alike(narrow.actor, run, 90).rows == 2
    bulk_decisions.decide_alike(narrow.actor, run, 90, same=True, expected=2)

    assert set(imports.describe(narrow.actor, run).document.decisions) == {2, 4}
    with pytest.raises(NotFound):
        bulk_decisions.count_alike(desk.actor, run, 90)
    with pytest.raises(InvalidInput, match="no percentage"):
        bulk_decisions.count_alike(narrow.actor, run, 0)
