"""Each table of an import leaves whole as CSV: by ticket, to whose it is, counted in the log."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, select, text, update

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.etl.runs import whole_tables
from core.models import AccessEvent, Grant
from core.services import exports, imports, source_runs, sources
from core.services.exports import Facet
from core.services.quarantine import Filters
from core.services.sources import NewSource
from core.settings import read_settings, today
from core.storage.database import access_transaction, transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme
from tests.people import add_people, add_person
from tests.rewinding import LATER, PEOPLE, edit, number_of, published

HEAD = "ID,Full name,Sex,Date of birth\n"
WRONG = 60  # more than a page of the screen shows


@pytest.fixture
def desk(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(whole_tables, "FEW", 7)
    monkeypatch.setattr(whole_tables, "PAGE", 7)
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


@pytest.fixture
def bad(desk: Desk) -> UUID:
    """A checked run of which WRONG rows have no date that exists; the first value is a formula."""
    rows = [f"B{at},Awa Traoré {at},F,2001-02-31\n" for at in range(1, WRONG)]
    first = "A1,Moussa Koné,M,1985-11-02\nB0,Awa Traoré,F,=1+cmd()\n"
    return desk.checked(f"{HEAD}{first}{''.join(rows)}Total,61,,\n", key="ID")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The options of a source: a SQLite file with one person."""
    monkeypatch.setenv("CASELOAD_SOURCE_FOLDER", str(tmp_path))
    read_settings.cache_clear()
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as db:
        db.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT, sex TEXT)"))
        db.execute(text("INSERT INTO people VALUES (1, 'Awa Traoré', 'F')"))
    engine.dispose()
    yield {"engine": "sqlite", "file": "old.db", "table": "people", "key": "id"}
    read_settings.cache_clear()


def spend(ticket: str) -> list[dict[str, str]]:
    content = b"".join(exports.open_download(ticket, "mine").chunks).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def take(desk: Desk, run: UUID, table: str, facet: Facet | None = None) -> list[dict[str, str]]:
    return spend(exports.request_table(desk.actor, "mine", run, table, facet or Facet()))


def last_event() -> tuple[object, ...]:
    event = AccessEvent.__table__.c
    query = select(event.actor, event.action, event.subject, event.details)
    with access_transaction() as db:
        return tuple(db.execute(query.order_by(event.id.desc()).limit(1)).one())


def test_all_findings_and_all_bad_rows_leave_and_the_log_names_run_and_number(
    desk: Desk, bad: UUID
) -> None:
    found = take(desk, bad, "findings")
    subject = f"import_run:{bad}"
    assert last_event() == ("brook", "export", subject, {"kind": "findings", "rows": len(found)})
    dates = [one for one in found if one["rule"] == "invalid_date"]
    assert [int(one["row"]) for one in dates] == list(range(3, 3 + WRONG))
    assert {one["count"] for one in dates} == {str(WRONG)}
    assert dates[0]["value"] == "'=1+cmd()"
    assert "Row 62" in dates[-1]["what_to_do"]

    rows = take(desk, bad, "bad_rows", Facet("invalid_date", "Date of birth"))
    assert last_event()[3] == {"kind": "bad_rows", "rows": WRONG}
    assert [row["ID"] for row in rows] == [f"B{at}" for at in range(WRONG)]
    assert rows[0]["Date of birth"] == "'=1+cmd()"
    assert rows[1]["what_is_wrong"].startswith("Date of birth: Row 4")
    assert take(desk, bad, "bad_rows", Facet("unknown_code")) == []
    assert len(take(desk, bad, "held")) == WRONG
    assert len(take(desk, bad, "rows")) == WRONG + 1
    [footer] = take(desk, bad, "left_out")
    assert footer == {"row": "63", "rule": "footer_left_out", "text": "Total | 61"}


def test_what_is_foreseen_leaves_cell_by_cell_and_the_held_rows_of_all_pages(
    desk: Desk, bad: UUID
) -> None:
    imports.publish(desk.actor, bad)
    more = "".join(f"C{at},Fanta Diallo {at},F,\n" for at in range(20))
    run = desk.checked(f"{HEAD}A1,Moussa Koné,M,1986-01-01\n{more}", key="ID")

    changed = take(desk, run, "changed")

    number = number_of("Moussa Koné")
    assert [
        (one["registration_no"], one["field"], one["before"], one["after"]) for one in changed
    ] == [(number, "birth_date", "1985-11-02", "1986-01-01")]
    fresh = take(desk, run, "new")
    assert [one["after"] for one in fresh if one["field"] == "full_name"] == [
        f"Fanta Diallo {at}" for at in range(20)
    ]
    assert {one["after"] for one in fresh if one["field"] == "sex"} == {"FEMALE"}
    with pytest.raises(Conflict, match="already published"):
        take(desk, bad, "changed")
    held = spend(exports.request_held(desk.actor, "mine", Filters(run=bad)))
    assert [one["ID"] for one in held] == [f"B{at}" for at in range(WRONG)]
    details = {"kind": "held_rows", "rows": WRONG}
    assert last_event() == ("brook", "export", f"import_run:{bad}", details)


def test_what_stays_at_a_rewind_leaves_with_its_reason(desk: Desk) -> None:
    run = published(desk, PEOPLE)
    published(desk, LATER)
    edit(number_of("Fanta Diallo"), "phone", None, "+22670000003")

    stays = take(desk, run, "stays")

    assert {one["registration_no"]: one["reason"] for one in stays} == {
        number_of(name): "changed" for name in ("Awa Traoré", "Moussa Koné", "Fanta Diallo")
    }
    assert last_event()[1:] == ("export", f"import_run:{run}", {"kind": "stays", "rows": 3})


def test_a_table_of_somebody_else_is_not_there_and_a_lost_grant_ends_its_ticket(
    desk: Desk, bad: UUID, table: dict[str, str]
) -> None:
    with transaction() as db:
        zola = add_person(db, "zola", Role.ANALYST)
    source = sources.add_source(desk.actor, NewSource("Old", "database", table, "CASH"))
    run = source_runs.run_source(desk.actor, source)
    for guessed in (bad, uuid4()):
        with pytest.raises(NotFound):
            exports.request_table(zola, "hers", guessed, "bad_rows")
    for guessed in (source, uuid4()):
        with pytest.raises(NotFound):
            exports.request_history(zola, "hers", guessed)
    with pytest.raises(InvalidInput, match="no table of an import"):
        exports.request_table(desk.actor, "mine", bad, "person")
    [line] = spend(exports.request_history(desk.actor, "mine", source))
    assert (line["run"], line["rows"]) == (str(run.run), "1")
    assert last_event()[2:] == (f"source:{source}", {"kind": "history", "rows": 1})
    ticket = exports.request_table(desk.actor, "mine", bad, "bad_rows")
    with pytest.raises(NotFound):
        exports.open_download(ticket, "hers")
    with transaction() as db:
        ended = update(Grant).where(Grant.__table__.c.user_id == desk.actor.user_id)
        db.execute(ended.values(valid_to=today() - timedelta(days=1)))

    with pytest.raises(NotFound):
        spend(ticket)
