"""Names are found misspelt, across scripts and inside the walls, the same way on both engines."""

import pytest
from sqlalchemy import update

from core.domain.fields import Status
from core.domain.permissions import Actor, Role, Scope
from core.models import Person, SearchOutbox
from core.search import Query, open_index
from core.search.outbox import drain
from core.storage.database import transaction
from tests.conftest import Registry
from tests.rows import DAY, actor, add_household, add_human, add_place, add_programme, enrol

PEOPLE = (
    "Mohamed Diallo", "Muhammad Diallo", "محمد ديالو", "መሐመድ ኢብራሂም", "Мухаммад Юсуф",
    "मोहम्मद श्रेष्ठ", "Mohamadou Bello", "Amina Traoré", "Aminata Traore", "Christopher Okonkwo",
    "N'Diaye Awa", "Jean-Pierre Kaboré",
)  # fmt: skip


@pytest.fixture
def people(registry: Registry) -> dict[str, int]:
    with transaction() as db:
        found = {name: add_human(db, name) for name in PEOPLE}
    drained()
    return found


def drained() -> int:
    index = open_index()
    with transaction() as db:
        return drain(db, index, 1_000)


def names_of(text: str, people: dict[str, int], **options: object) -> dict[str, str]:
    by_id = {person_id: name for name, person_id in people.items()}
    query = Query(text, options.pop("actor", actor()), **options)
    return {by_id[found.person_id]: found.why for found in open_index().find(query)}


def test_a_name_is_found_whole_by_its_beginning_and_in_any_order(people: dict[str, int]) -> None:
    assert names_of("diallo MOHAMED", people)["Mohamed Diallo"] == "exact_name"
    assert list(names_of("amina traore", people).items())[:2] == [
        ("Amina Traoré", "exact_name"),
        ("Aminata Traore", "name_starts_with"),
    ]
    assert names_of("ndiaye", people) == {"N'Diaye Awa": "exact_name"}
    assert names_of("kabore pierre", people) == {"Jean-Pierre Kaboré": "exact_name"}
    assert names_of("श्रेष्ठ", people) == {"मोहम्मद श्रेष्ठ": "exact_name"}


@pytest.mark.parametrize("written", ["Mohammed", "محمد", "መሐመድ", "Мухаммад", "मोहम्मद", "mhmd"])
def test_one_name_is_found_in_every_script(people: dict[str, int], written: str) -> None:
    found = names_of(written, people)

    assert set(found) >= set(PEOPLE[:6])
    assert set(found.values()) <= {"exact_name", "name_starts_with", "sounds_like"}


@pytest.mark.parametrize(
    ("written", "name", "why"),
    [
        ("Chistopher", "Christopher Okonkwo", "one_letter_apart"),
        ("Chistohper", "Christopher Okonkwo", "two_letters_apart"),
        ("Christofer Okonko", "Christopher Okonkwo", "sounds_like"),
        ("Okonkro", "Christopher Okonkwo", "one_letter_apart"),
        ("Aminatu", "Aminata Traore", "sounds_like"),
        ("Traote", "Amina Traoré", "one_letter_apart"),
        ("Dialo", "Mohamed Diallo", "sounds_like"),
        ("Kabosé", "Jean-Pierre Kaboré", "one_letter_apart"),
        ("Xwa", None, None),
        ("Diallo Okonkwo", None, None),
    ],
)
def test_a_misspelt_name_is_found(
    people: dict[str, int], written: str, name: str | None, why: str | None
) -> None:
    found = names_of(written, people)

    assert found.get(name or "") == why
    assert found or name is None


HOSTILE = ("name:*", "a~99", "[TO]", "%", "_", "' OR 1=1 --", "* OR *", " OR ".join(["zz"] * 5000))


@pytest.mark.parametrize("text", [*HOSTILE, "", " ", "\x00", "\ud800", "🙂", "١٢٣"])
def test_a_query_language_is_just_text(people: dict[str, int], text: str) -> None:
    assert names_of(text, people) == {}


def test_a_grant_finds_its_own_area_and_programme_alone(registry: Registry) -> None:
    with transaction() as db:
        north, south = add_place(db, "N"), add_place(db, "S")
        village = add_place(db, "N1", north.id or 0)
        cash, skills = add_programme(db, "CASH"), add_programme(db, "SKILLS")
        people = {
            "Awa Village": add_human(db, "Awa Village", village.id),
            "Awa South": add_human(db, "Awa South", south.id),
            "Awa Head": add_human(db, "Awa Head", north.id),
            "Awa Child": add_human(db, "Awa Child", north.id),
            "Awa Gone": add_human(db, "Awa Gone", north.id),
        }
        home = add_household(db, north.id or 0, people["Awa Head"], people["Awa Child"])
        enrol(db, people["Awa Head"], cash, household_id=home)
        enrol(db, people["Awa Village"], skills, Status.SUSPENDED)
        enrol(db, people["Awa South"], cash)
        enrol(db, people["Awa Gone"], skills, Status.ACTIVE, ended_on=DAY)
    drained()
    inside = actor(path=north.path)
    both = Actor(1, "b", (Scope(Role.VIEWER, north.path, skills), Scope(Role.VIEWER, south.path)))

    def found(who: Actor, status: Status | None = None) -> set[str]:
        return set(names_of("awa", people, actor=who, status=status))

    assert found(actor()) == set(people)
    assert found(inside) == set(people) - {"Awa South"}
    assert found(actor(path=north.path, programme_id=cash)) == {"Awa Head", "Awa Child"}
    assert found(actor(programme_id=cash)) == {"Awa Head", "Awa Child", "Awa South"}
    assert found(both) == {"Awa Village", "Awa Gone", "Awa South"}
    assert found(inside, Status.ACTIVE) == {"Awa Head", "Awa Child"}
    assert found(actor(programme_id=skills), Status.ACTIVE) == set()
    assert found(Actor(1, "nobody", ())) == set()
    assert found(actor(Role.ADMINISTRATOR)) == set()


def test_the_best_answers_come_first_even_where_many_fit(registry: Registry) -> None:
    with transaction() as db:
        for number in range(400):
            add_human(db, f"Marianne{number:03d} Bah")
        exact = add_human(db, "Marianne Bah")
    drained()

    found = open_index().find(Query("Marianne Bah", actor(), limit=5))

    assert [found[0].person_id, found[0].why] == [exact, "exact_name"]
    assert {candidate.why for candidate in found[1:]} == {"name_starts_with"}
    assert len(found) == 5


def test_an_entry_follows_the_person(people: dict[str, int]) -> None:
    renamed, merged = people["Amina Traoré"], people["Aminata Traore"]
    index = open_index()
    with transaction() as db:
        db.execute(update(Person).where(Person.id == renamed).values(full_name="Zeinab Sow"))
        db.execute(update(Person).where(Person.id == merged).values(merged_into_id=renamed))
        for person_id in (renamed, merged, 987_654):
            db.add(SearchOutbox(person_id=person_id))

    assert drained() == 3

    assert names_of("amina", people) == {}
    assert names_of("zeinab", people) == {"Amina Traoré": "exact_name"}
    assert index.count() == len(PEOPLE) - 1
    assert index.person_ids() == set(people.values()) - {merged}
