"""An import reaches no further than its importer's grants, and never merges two people."""

from pathlib import Path

import pytest

from core.domain.permissions import Actor, Role, Scope
from core.errors import NotFound
from core.services import imports
from core.settings import now
from core.storage import accounts
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import EAST, SINCE, add_people, add_person

HEAD = "ID,Full name,Sex,Date of birth,National ID,Region,District\n"


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    """An analyst of everything, and two regions that each have a district called Centre."""
    add_programme("CASH")
    brook = add_people().brook
    for region in ("R1", "R2"):
        add_place(region, f"Région {region}")
        add_place(f"{region}-C", "Centre", region)
    add_place("R1-E", "Est", "R1")
    return Desk(brook, tmp_path)


def analyst_of(area: str, programme: int | None = None) -> Actor:
    with transaction() as db:
        actor = add_person(db, f"analyst {area} {programme}", Role.ANALYST, area)
        if programme is None:
            return actor
        (scope,) = actor.scopes
        return Actor(actor.user_id, actor.name, (Scope(scope.role, scope.path, programme),))


def places() -> list[tuple[str, str]]:
    return list(
        ask(
            "SELECT p.full_name, l.code FROM person p JOIN location l ON l.id = p.location_id "
            "ORDER BY p.id"
        )
    )


def test_a_place_is_found_by_code_or_by_name_inside_the_area_named_before_it(desk: Desk) -> None:
    run = desk.checked(
        HEAD + "1,Awa Traoré,F,,,Region R2,centre\n"
        "2,Moussa Koné,M,,,,R1-E\n"
        "3,Fanta Diallo,F,,,R1,\n"
        "4,Issa Keïta,M,,,,Centre\n"
        "5,Oumou Sidibé,F,,,R2,Est\n"
        "6,Adama Cissé,M,,,,Nowhere\n"
        "7,Sira Touré,F,,,,\n"
    )
    imports.publish(desk.actor, run)

    assert places() == [
        ("Awa Traoré", "R2-C"),
        ("Moussa Koné", "R1-E"),
        ("Fanta Diallo", "R1"),
        ("Sira Touré", "UNASSIGNED"),
    ]
    broken = desk.rules(run)
    assert (broken["ambiguous_place"], broken["unknown_place"]) == ((5,), (6, 7))


def test_unknown_places_stay_with_the_row_when_the_registry_has_none_of_them(desk: Desk) -> None:
    run = desk.checked(HEAD + "1,Awa Traoré,F,,,Mars,Tharsis\n2,Moussa Koné,M,,,Mars,Hellas\n")

    assert figures(imports.publish(desk.actor, run)) == (2, 0, 0, 0)
    assert {code for _, code in places()} == {"UNASSIGNED"}
    assert desk.rules(run)["places_unknown"] == ()
    (kept,) = ask("SELECT CAST(attributes AS text) FROM person WHERE id = 1")[0]
    assert "Mars" in kept
    assert "Tharsis" in kept


def test_rows_outside_the_importers_area_are_held(desk: Desk) -> None:
    narrow = Desk(analyst_of("R1"), desk.folder)

    run = narrow.checked(
        HEAD + "1,Awa Traoré,F,,,R1,Centre\n2,Moussa Koné,M,,,R2,Centre\n3,Fanta Diallo,F,,,,\n"
    )

    broken = narrow.rules(run)
    assert (broken["place_outside_grant"], broken["place_missing"]) == ((3,), (4,))
    assert figures(imports.publish(narrow.actor, run)) == (1, 0, 0, 2)


def test_a_programme_out_of_reach_is_not_there(desk: Desk) -> None:
    other = add_programme("FOOD")
    narrow = Desk(analyst_of("ROOT", other), desk.folder)

    with pytest.raises(NotFound):
        narrow.start(HEAD + "1,Awa Traoré,F,,,R1,Centre\n")


def test_a_match_beyond_the_area_is_held_and_not_described(desk: Desk) -> None:
    row = "1,Awa Traoré,F,1990-05-14,N-77,R2,Centre\n"
    desk.published(HEAD + row, key="ID")
    narrow = Desk(analyst_of("R1"), desk.folder)
    row = row.replace("R2", "R1")

    for line, key in (
        (row, "ID"),  # the same source key
        (row.replace("1,Awa", "9,Awa"), "ID"),  # the same person by number, name and birth date
        (row.replace("1,Awa", "9,Eve"), "ID"),  # somebody else's number
    ):
        run = narrow.checked(HEAD + line, key=key)
        assert list(narrow.rules(run)) == ["outside_grant"]
        (found,) = imports.findings(narrow.actor, run)
        assert "R2" not in found.message
        assert "Awa" not in found.message
        assert figures(imports.publish(narrow.actor, run)) == (0, 0, 0, 1)
    assert places() == [("Awa Traoré", "R2-C")]


def test_a_household_beyond_the_area_takes_no_members_from_here(desk: Desk) -> None:
    head = "ID,Full name,Sex,Household Id,Region\n"
    desk.published(head + "1,Awa Traoré,F,H1,R2\n", key="ID")
    narrow = Desk(analyst_of("R1"), desk.folder)

    run = narrow.checked(head + "2,Moussa Koné,M,H1,R1\n", key="ID")

    assert list(narrow.rules(run)) == ["outside_grant"]


def test_people_of_another_programme_are_beyond_a_programme_grant(desk: Desk) -> None:
    row = HEAD + "1,Awa Traoré,F,1990-05-14,N-77,R1,Centre\n"
    desk.published(row)
    narrow = Desk(analyst_of("ROOT", add_programme("FOOD")), desk.folder, programme="FOOD")

    run = narrow.checked(row)

    assert list(narrow.rules(run)) == ["outside_grant"]


def test_one_number_with_two_names_is_never_one_person(desk: Desk) -> None:
    desk.published(HEAD + "1,Awa Traoré,F,1990-05-14,N-77,R1,\n", key="ID")

    for other in ("9,Eve Traoré,F,1990-05-14", "9,Awa Traoré,F,1991-05-14", "9,Awa Traoré,F,"):
        run = desk.checked(HEAD + f"{other},n 77,R1,\n", key="ID")
        assert desk.rules(run)["identifier_taken"] == (2,)
        assert figures(imports.publish(desk.actor, run)) == (0, 0, 0, 1)

    run = desk.checked(HEAD + "9,AWA  TRAORE,F,1990-05-14,n 77,R1,\n", key="ID")
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 0, 0)
    assert ask("SELECT full_name FROM person") == [("AWA TRAORE",)]


def test_two_rows_that_change_one_person_leave_the_later_one_held(desk: Desk) -> None:
    desk.published(HEAD + "1,Awa Traoré,F,1990-05-14,N-77,R1,\n", key="ID")

    run = desk.checked(
        HEAD + "1,Awa Sita Traoré,F,1990-05-14,,R1,\n8,Awa Traoré,F,1990-05-14,N-77,R1,\n",
        key="ID",
    )

    assert desk.rules(run)["repeated_person"] == (3,)
    assert figures(imports.publish(desk.actor, run)) == (0, 1, 0, 1)


def test_somebody_who_came_between_check_and_publish_is_noticed(desk: Desk) -> None:
    waiting = desk.checked(HEAD + "9,Eve Traoré,F,1990-05-14,N-77,R1,\n", key="ID")
    desk.published(HEAD + "1,Awa Traoré,F,1990-05-14,N-77,R1,\n", key="ID")

    assert figures(imports.publish(desk.actor, waiting)) == (0, 0, 0, 1)

    (held,) = imports.held_rows(desk.actor, waiting)
    assert held.values["Full name"] == "Eve Traoré"
    assert held.reasons == ("identifier_taken",)


def test_a_coarser_birth_date_does_not_replace_a_finer_one(desk: Desk) -> None:
    desk.published(HEAD + "1,Awa Traoré,F,1990-05-14,,R1,\n2,Moussa Koné,M,1985,,R1,\n", key="ID")

    desk.published(HEAD + "1,Awa Traoré,F,1991,,R1,\n2,Moussa Koné,M,1985-03-02,,R1,\n", key="ID")

    born = "SELECT CAST(birth_date AS text), birth_precision FROM person ORDER BY id"
    assert ask(born) == [("1990-05-14", "DAY"), ("1985-03-02", "DAY")]


def test_a_person_without_a_household_moves_and_a_member_stays(desk: Desk) -> None:
    head = "ID,Full name,Sex,Household Id,Region\n"
    desk.published(head + "1,Awa Traoré,F,H1,R1\n2,Moussa Koné,M,,R1\n", key="ID")

    desk.published(head + "1,Awa Traoré,F,H1,R2\n2,Moussa Koné,M,,R2\n", key="ID")

    assert places() == [("Awa Traoré", "R1"), ("Moussa Koné", "R2")]


def test_a_grant_that_ended_ends_the_run(desk: Desk) -> None:
    with transaction() as db:
        user = accounts.add_user(db, "past", "x", now())
        accounts.add_grant(db, user, Role.ANALYST, accounts.find_location(db, EAST), None, SINCE)
        actor = accounts.load_actor(db, user, SINCE)
    run = Desk(actor, desk.folder).start(HEAD + "1,Awa Traoré,F,,,R1,\n")

    gone = Actor(actor.user_id, actor.name, (Scope(Role.ANALYST, "1/", 999),))

    with pytest.raises(NotFound):
        imports.describe(gone, run)
