"""Field levels: no surface, no log and no index holds a value above the level of who reads it."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from whoosh.filedb.filestore import FileStorage

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Status
from core.domain.permissions import Role
from core.models import SearchEntry
from core.services import beneficiaries, upkeep
from core.storage.beneficiaries import Paging
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.people import add_person
from tests.security import canaries
from tests.security.canaries import (
    MARKS,
    PHONE,
    assert_hidden,
    marks_above,
    questions,
    read_accesses,
    read_logs,
)
from tests.security.probes import EVERY_SURFACE, collect, pages
from tests.security.visitor import Browser, Visitor
from tests.security.world import World
from tests.world import NewPerson, put


@pytest.fixture
def marked(world: World) -> World:
    canaries.plant()
    with transaction() as db:
        add_person(db, "grace", Role.APPROVER)
    upkeep.drain_search()
    return world


@pytest.mark.parametrize(("name", "level"), [("efua", 1), ("amina", 2), ("grace", 3)])
def test_nobody_is_shown_a_value_above_their_level_and_no_log_keeps_any(
    marked: World, registry: Registry, browser: Browser, name: str, level: int
) -> None:
    visitor = Visitor(name, browser.enter(name), registry.data_dir)
    # Pages know no engine and take the longest: one is enough.
    looks = [look for look in EVERY_SURFACE if look is not pages or registry.engine == "sqlite"]

    answers = collect(visitor, marked, (*looks, questions))

    assert_hidden(level, answers)
    # Marks that nobody could have met would prove nothing.
    everything = " ".join(answers.values()).lower()
    otherwise_written = ("ZZCANARYCARD", "7 Nov 1911", "987,654")
    may_see = [mark for mark in MARKS.get(level, ()) if mark not in otherwise_written]
    assert [mark for mark in may_see if mark.lower() not in everything] == []
    logged = read_logs()
    columns = (canaries.ATTRIBUTE,)  # the names of fields may stand in a log, values never
    kept = [m for m in (*marks_above(1), "Abeba", "Zoutsider", "Jamila") if m in logged]
    assert [mark for mark in kept if mark not in columns] == []


def test_a_log_keeps_what_was_asked_without_the_values_of_people(marked: World) -> None:
    beneficiaries.count(marked.people.brook, where("phone", Op.IS, "0700"))
    beneficiaries.count(marked.people.brook, where("sex", Op.IS, "MALE"))

    asked = [details["criteria"] for action, details in read_accesses() if action == "count"]
    assert asked == [
        {"field": "phone", "op": "is"},
        {"field": "sex", "op": "is", "value": "MALE"},
    ]


def test_the_index_holds_names_and_no_number_of_anybody(marked: World, registry: Registry) -> None:
    hidden = [mark.lower() for mark in marks_above(1)]
    if registry.engine == "postgresql":
        with reading() as db:
            rows = db.execute(select(SearchEntry.tokens, SearchEntry.skeletons)).all()
        held = str([tuple(row) for row in rows]).lower()
    else:
        folder = registry.data_dir / "search"
        held = b" ".join(path.read_bytes() for path in folder.iterdir()).decode("latin-1").lower()
        with FileStorage(str(folder)).open_index().reader() as reader:
            held += str(list(reader.all_terms())).lower()
            assert list(reader.all_stored_fields()) == [{}] * reader.doc_count()

    assert "abeba" in held
    assert [mark for mark in hidden if mark in held or mark.replace("-", "") in held] == []


def test_the_order_of_a_list_tells_a_viewer_ages_and_no_birth_dates(small_world: World) -> None:
    for day in (20, 10, 30):
        put(NewPerson(f"Born {day}", born=date(1970, 1, day), programmes={"CASH": Status.ACTIVE}))

    def names(name: str) -> list[str]:
        actor = getattr(small_world.people, name)
        rows = beneficiaries.page(actor, EVERYBODY, Paging(sort="age")).rows
        return [row["full_name"] for row in rows if row["full_name"].startswith("Born")]

    assert names("brook") == ["Born 30", "Born 20", "Born 10"]
    assert names("efua") in (["Born 20", "Born 10", "Born 30"], ["Born 30", "Born 10", "Born 20"])


def test_an_error_of_the_database_names_no_value(registry: Registry) -> None:
    with pytest.raises(DBAPIError) as failed, transaction() as db:
        db.execute(text("SELECT * FROM no_such_table WHERE phone = :phone"), {"phone": PHONE})

    assert PHONE not in str(failed.value)
