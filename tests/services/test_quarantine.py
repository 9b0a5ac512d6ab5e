"""Held rows are work: listed by owner and age, corrected, tried again once, or given up."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.permissions import Actor, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.etl.runs.document import Document
from core.models import ImportRun, RowState
from core.services import housekeeping, imports, quarantine
from core.services.quarantine import Filters, HeldView
from core.settings import now
from core.storage.database import data_dir, transaction
from core.storage.importing import imports as imports_storage
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask, figures
from tests.people import EAST, add_people, add_person

ROWS = """ID,Full name,Sex,Date of birth
A1,Awa Traoré,F,1990-05-14
A2,Moussa Koné,Z,1985-11-02
A3,Fanta Diallo,F,2001-02-31
A1,Aminata Sow,F,1977-07-07
"""
OPEN = Filters()


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def somebody(name: str, role: Role, area: str = "ROOT") -> Actor:
    with transaction() as db:
        return add_person(db, name, role, area)


def held(desk: Desk, rows: str = ROWS) -> dict[int, HeldView]:
    """Publish a file; return its held rows by number."""
    desk.published(rows, key="ID")
    return {one.row: one for one in quarantine.list_rows(desk.actor, OPEN).rows}


def test_held_rows_of_a_published_file_are_listed_with_their_reasons(desk: Desk) -> None:
    run = desk.checked(ROWS, key="ID")
    assert quarantine.list_rows(desk.actor, OPEN).total == 0

    imports.publish(desk.actor, run)

    page = quarantine.list_rows(desk.actor, OPEN)
    assert [one.row for one in page.rows] == [3, 4, 5]
    second = page.rows[0]
    assert second.values["Full name"] == "Moussa Koné"
    assert (second.owner, second.programme, second.state) == ("brook", "CASH", RowState.OPEN)
    assert second.reasons == (("unknown_code", "Sex", "Z"),)
    assert second.messages[0].startswith("Row 3, Sex: “Z” is not a value the registry knows.")
    assert now() - second.held_at < timedelta(minutes=5)


def test_pages_follow_each_other_and_filters_narrow(desk: Desk) -> None:
    held(desk)

    first = quarantine.list_rows(desk.actor, OPEN, limit=2)
    rest = quarantine.list_rows(desk.actor, OPEN, first.next, limit=2)

    assert [one.row for one in (*first.rows, *rest.rows)] == [3, 4, 5]
    assert (first.total, rest.next) == (3, None)
    for filters, rows in (
        (Filters(rule="unknown_code"), [3]),
        (Filters(owner="brook"), [3, 4, 5]),
        (Filters(owner="efua"), []),
        (Filters(programme="NONE"), []),
        (Filters(held_before=now() - timedelta(days=1)), []),
        (Filters(state=RowState.DISCARDED), []),
    ):
        assert [one.row for one in quarantine.list_rows(desk.actor, filters).rows] == rows
    assert quarantine.counts(desk.actor, OPEN) == {
        "rule": [("duplicate_in_file", 1), ("invalid_date", 1), ("unknown_code", 1)],
        "owner": [("brook", 3)],
        "programme": [("CASH", 3)],
        "age": [("7", 3)],
    }


def test_corrected_rows_are_published_and_the_others_stay_with_new_reasons(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})
    quarantine.edit(desk.actor, rows[4].id, {"Sex": "Q", "Date of birth": "2001-02-28"})

    done = quarantine.retry(desk.actor, rows[3].run)

    assert (done.tried, done.published, done.held) == (3, 1, 2)
    assert ask("SELECT full_name, sex FROM person ORDER BY id") == [
        ("Awa Traoré", "FEMALE"),
        ("Moussa Koné", "MALE"),
    ]
    page = quarantine.list_rows(desk.actor, OPEN)
    left = {one.row: one.reasons for one in page.rows}
    assert page.total == 2
    assert left[4] == (("unknown_code", "Sex", "Q"),)
    assert left[5][0][0] == "duplicate_in_file"
    assert ask("SELECT row_no, state FROM import_row WHERE row_no = 3") == [(3, "PUBLISHED")]


def test_trying_again_twice_does_nothing_more(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})

    first = quarantine.retry(desk.actor, rows[3].run, [rows[3].id])
    again = quarantine.retry(desk.actor, rows[3].run, [rows[3].id])

    assert (first.published, again.run, again.tried) == (1, None, 0)
    assert ask("SELECT count(*) FROM person") == [(2,)]


def test_a_retry_never_overwrites_what_another_row_of_the_file_made(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[5].id, {"Sex": "M"})

    done = quarantine.retry(desk.actor, rows[5].run, [rows[5].id])

    assert (done.published, done.held) == (0, 1)
    assert ask("SELECT full_name FROM person") == [("Awa Traoré",)]
    quarantine.edit(desk.actor, rows[5].id, {"ID": "A9"})
    assert quarantine.retry(desk.actor, rows[5].run, [rows[5].id]).published == 1
    assert ask("SELECT full_name FROM person ORDER BY id") == [("Awa Traoré",), ("Aminata Sow",)]


def test_a_retry_stands_in_the_spaces_of_its_file(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})
    quarantine.retry(desk.actor, rows[3].run)

    with transaction() as db:
        runs = db.execute(select(ImportRun)).scalars().all()
        spaces = {Document.from_json(run.mapping).spaces("CASH") for run in runs}
    assert len(runs) == 2
    assert len(spaces) == 1
    corrected = ROWS.replace("Koné,Z", "Koné,M")
    assert figures(desk.published(corrected, key="ID")) == (0, 0, 2, 2)


def test_a_retry_killed_before_its_publish_is_taken_up_again(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.etl.runs.again.publish_checked", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            quarantine.retry(desk.actor, rows[3].run, [rows[3].id])
    assert ask("SELECT state FROM import_row WHERE row_no = 3 ORDER BY id")[0] == ("OPEN",)

    done = quarantine.retry(desk.actor, rows[3].run, [rows[3].id])

    assert done.published == 1
    assert ask("SELECT count(*) FROM import_run WHERE parent_id IS NOT NULL") == [(1,)]


def test_a_row_given_up_since_the_check_of_a_retry_is_not_published(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})

    def give_up_first(actor: Actor, run: UUID) -> object:
        quarantine.discard(actor, [rows[3].id], "moved away")
        return imports.publish(actor, run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.etl.runs.again.publish_checked", give_up_first)
        with pytest.raises(Conflict, match="Row 3"):
            quarantine.retry(desk.actor, rows[3].run, [rows[3].id])
    assert ask("SELECT count(*) FROM person") == [(1,)]


def test_a_crooked_row_passes_only_after_somebody_has_looked_at_it(desk: Desk) -> None:
    rows = held(desk, "ID,Full name,Sex\nA1,Awa Traoré,F\nA2,Moussa,Koné,M\nA3,Fanta,F\n")

    assert quarantine.retry(desk.actor, rows[3].run).published == 0
    assert quarantine.list_rows(desk.actor, OPEN).rows[0].reasons[0][0] == "extra_cell"
    quarantine.edit(desk.actor, rows[3].id, {"Full name": "Moussa Koné", "Sex": "M"})

    assert quarantine.retry(desk.actor, rows[3].run).published == 1


def test_rows_are_given_up_with_a_reason_and_for_good(desk: Desk) -> None:
    rows = held(desk)
    with pytest.raises(InvalidInput, match="reason"):
        quarantine.discard(desk.actor, [rows[3].id], " ")

    assert quarantine.discard(desk.actor, [rows[3].id, rows[4].id], "left the area") == 2

    with pytest.raises(Conflict, match="Row 3"):
        quarantine.edit(desk.actor, rows[3].id, {"Sex": "M"})
    assert [one.row for one in quarantine.list_rows(desk.actor, OPEN).rows] == [5]
    given_up = quarantine.list_rows(desk.actor, Filters(state=RowState.DISCARDED)).rows
    assert [one.decision for one in given_up] == ["left the area"] * 2


def test_held_rows_are_seen_by_their_runs_user_and_an_owner_with_the_whole_country(
    desk: Desk,
) -> None:
    rows = held(desk)
    everywhere, district = somebody("kofi", Role.ANALYST), somebody("lena", Role.ANALYST, EAST)
    officer = somebody("mona", Role.ME_OFFICER)

    assert quarantine.list_rows(everywhere, OPEN).total == 0
    with pytest.raises(NotFound):
        quarantine.get_row(everywhere, rows[3].id)
    for actor, wrong in ((everywhere, NotFound), (district, NotFound), (officer, NotAllowed)):
        with pytest.raises(wrong):
            quarantine.edit(actor, rows[3].id, {"Sex": "M"})
        with pytest.raises(wrong):
            quarantine.retry(actor, rows[3].run)
    for heir in ("lena", "mona", "nobody"):
        with pytest.raises(InvalidInput, match=heir):
            quarantine.assign(desk.actor, [rows[3].id], heir)

    quarantine.assign(desk.actor, [rows[3].id], "kofi")

    assert [one.row for one in quarantine.list_rows(everywhere, OPEN).rows] == [3]
    moved_away = replace(everywhere, scopes=district.scopes)
    assert quarantine.list_rows(moved_away, OPEN).total == 0
    assert quarantine.list_rows(desk.actor, OPEN).total == 3
    quarantine.edit(everywhere, rows[3].id, {"Sex": "M"})
    assert quarantine.retry(everywhere, rows[3].run).published == 1


def test_a_column_that_the_file_has_not_cannot_be_corrected(desk: Desk) -> None:
    rows = held(desk)

    with pytest.raises(InvalidInput, match="Colour"):
        quarantine.edit(desk.actor, rows[3].id, {"Colour": "red"})


def test_the_log_names_acts_runs_and_columns_and_no_value(desk: Desk) -> None:
    rows = held(desk)
    quarantine.edit(desk.actor, rows[4].id, {"Date of birth": "2001-02-28"})
    quarantine.retry(desk.actor, rows[4].run, [rows[4].id])
    quarantine.discard(desk.actor, [rows[3].id], "Moussa moved away")

    acts = ask("SELECT action, CAST(details AS text) FROM audit_event ORDER BY id")

    assert [action for action, _ in acts if action.startswith("quarantine")] == [
        "quarantine.edit",
        "quarantine.retry",
        "quarantine.discard",
    ]
    assert not any("Moussa" in details or "2001-02" in details for _, details in acts)


def test_an_import_that_nobody_published_is_cleared_away_after_a_month(desk: Desk) -> None:
    published, draft, young = desk.published(ROWS, key="ID"), desk.checked(ROWS), desk.start(ROWS)
    old = now() - housekeeping.KEPT_FOR - timedelta(days=1)
    with transaction() as db:
        for uuid in (published.run, draft):
            imports_storage.get(db, desk.actor, uuid).created_at = old
    kept = set((data_dir() / "uploads").iterdir())

    assert (housekeeping.remove_abandoned(), housekeeping.remove_abandoned()) == (1, 0)

    gone = kept - set((data_dir() / "uploads").iterdir())
    assert len({path.stem for path in gone}) == 1
    with pytest.raises(NotFound):
        imports.describe(desk.actor, draft)
    assert {run.uuid for run in imports.list_runs(desk.actor)} == {published.run, young}
    assert ask("SELECT count(*) FROM import_row") == [(3,)]
    assert imports.check(desk.actor, young)["held"] == 2
