"""The publish of a file about households: their size, place and attributes, known by their key."""

from typing import Any, cast

from sqlalchemy import Row, column, not_, select, table
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX
from core.domain.permissions import Permission
from core.errors import Conflict
from core.models import Household, Location, RunState
from core.storage import series
from core.storage.dialect import Spelling, ask, make_temporary, run, spelling
from core.storage.importing import imports, stage
from core.storage.importing.imports import Issue
from core.storage.importing.places import UNASSIGNED
from core.storage.importing.receipts import (
    Order,
    Receipt,
    close,
    lock_publishes,
    open_batch,
    refuse_held,
)
from core.storage.selection import places_in_scope

_WORK = "work_household"
MOVED = "work_moved"
"""The people whom a household takes along: id, old_place, new_place, row_no."""


def settle(db: Session, order: Order) -> tuple[int, dict[str, int]]:
    """Hold the rows of households beyond the actor's grants; return how many, and what a publish
    would do: new, changed, unchanged."""
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    _match(db, order, spaces.household)
    late = _hold_beyond(db, order)
    new = ask(db, f"SELECT count(*) FROM {_WORK} WHERE household_id IS NULL")  # noqa: S608
    changed = ask(db, f"SELECT count(*) FROM {_WORK} WHERE {_differs()}")  # noqa: S608
    rows = ask(db, f"SELECT count(*) FROM {_WORK}")  # noqa: S608
    return late, {"new": new, "changed": changed, "unchanged": rows - new - changed}


def publish(db: Session, order: Order) -> Receipt:
    """Publish a checked run about households: everything or nothing, once.

    A known household takes what the file fills; its members go where it goes. Raises Conflict
    when the run is published already or its staged rows are gone.
    """
    lock_publishes(db)
    counts = dict(order.run.counts)
    imports.check_state(order.run, RunState.CHECKED)
    if stage.count(db, order.stage) != counts["staged"]:
        raise Conflict(
            "The checked rows of “{file}” are gone. Check the file again.", file=order.run.file_name
        )
    late, _counts = settle(db, order)
    staged = counts["staged"] - late
    refuse_held(order, counts["rows"] - staged)
    batch = open_batch(db, order)
    spaces = imports.make_spaces(db, order.spaces.person, order.spaces.household)
    new = _add(db, order, spaces.household, batch.id or 0)
    changed = _change(db, batch.id or 0)
    receipt = Receipt(
        run=order.run.uuid,
        batch=batch.uuid,
        rows=counts["rows"],
        new=new,
        changed=changed,
        unchanged=staged - new - changed,
        held=counts["rows"] - staged,
    )
    close(db, order, batch, receipt, {})
    return receipt


def _match(db: Session, order: Order, space: int) -> None:
    make_temporary(
        db,
        _WORK,
        "SELECT s.n, s.row_no, s.household AS key, k.household_id, s.household_size AS size, "  # noqa: S608
        "s.registered_on, s.attributes, s.location_id, h.size AS old_size, "
        "h.location_id AS old_place, h.attributes AS old_attributes, "
        f"{_FIRST} AS is_first "
        f"FROM {order.stage.rows} s LEFT JOIN household_key k ON k.space_id = :space "
        "AND k.key = s.household LEFT JOIN household h ON h.id = k.household_id",
        index="n",
        space=space,
    )


# Two keys of a file may mean one household: the row that comes first says what it is like.
_FIRST = "row_number() OVER (PARTITION BY k.household_id ORDER BY s.n) = 1"
_GROWS = "(size IS NOT NULL AND size IS DISTINCT FROM old_size)"


def _differs() -> str:
    """Write whether a known household would change: blanks and unknown places change nothing."""
    return f"household_id IS NOT NULL AND is_first AND ({_GROWS} OR {_moves()} OR {_news()})"


def _moves() -> str:
    return f"(household_id IS NOT NULL AND location_id NOT IN (old_place, {UNASSIGNED}))"


def _news() -> str:
    # Every attribute of the row that the household has not, or has otherwise.
    return "(household_id IS NOT NULL AND has_news)"


def _hold_beyond(db: Session, order: Order) -> int:
    _note_news(db)
    beyond = _beyond(db, order)
    if beyond:
        imports.add_issues(
            db,
            order.run_id,
            [Issue(row.row_no, None, "outside_grant", "critical", None) for row in beyond],
        )
        rows = order.read_rows([row.row_no for row in beyond])
        imports.hold_rows(db, order.run, rows, order.at)
        stage.remove(db, order.stage, [row.n for row in beyond])
        for row in beyond:
            run(db, f"DELETE FROM {_WORK} WHERE n = :n", n=row.n)  # noqa: S608
    return len(beyond)


def _note_news(db: Session) -> None:
    """Mark the rows whose attributes say something new of a known household."""
    words = spelling(db)
    merged = words.merged("old_attributes", "attributes")
    kind = "INTEGER" if words.sqlite else "boolean"
    run(db, f"ALTER TABLE {_WORK} ADD COLUMN has_news {kind}")
    run(
        db,
        f"UPDATE {_WORK} SET has_news = ({merged}) <> {_same(words)} "  # noqa: S608
        "WHERE household_id IS NOT NULL",
    )


def _same(words: Spelling) -> str:
    # Both sides written by the engine itself, so that spacing and order do not count.
    return words.merged("old_attributes", "old_attributes")


def _beyond(db: Session, order: Order) -> list[Row[Any]]:
    household, place = (cast(Any, model).__table__ for model in (Household, Location))
    rows = table(_WORK, column("n"), column("row_no"), column("household_id"))
    joined = rows.join(household, household.c.id == rows.c.household_id).join(
        place, place.c.id == household.c.location_id
    )
    return list(
        db.execute(
            select(rows.c.n, rows.c.row_no)
            .select_from(joined)
            .where(not_(places_in_scope(order.actor, Permission.IMPORT)))
        )
    )


def _add(db: Session, order: Order, space: int, batch: int) -> int:
    words = spelling(db)
    new = ask(db, f"SELECT count(*) FROM {_WORK} WHERE household_id IS NULL")  # noqa: S608
    before = series.take(db, "household", new)
    made = "work_new_household"
    make_temporary(
        db,
        made,
        "SELECT n, row_no, key, size, location_id, attributes, registered_on, "  # noqa: S608
        f":before + row_number() OVER (ORDER BY n) AS id FROM {_WORK} WHERE household_id IS NULL",
        before=before,
    )
    run(
        db,
        "INSERT INTO household (id, uuid, version, number, location_id, size, registered_on, "  # noqa: S608
        f"attributes) SELECT id, {words.uuid}, 1, {words.number('H', 'id')}, location_id, size, "
        f"COALESCE(registered_on, {words.day(':today')}), attributes FROM {made}",
        today=words.write_day(order.today),
    )
    run(
        db,
        "INSERT INTO household_key (space_id, key, household_id) "  # noqa: S608
        f"SELECT :space, key, id FROM {made}",
        space=space,
    )
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, row_no) "  # noqa: S608
        f"SELECT :batch, 'household', id, row_no FROM {made}",
        batch=batch,
    )
    return new


def _change(db: Session, batch: int) -> int:
    """Bring known households up to date, and their members to where they live."""
    words = spelling(db)
    code = "(SELECT code FROM location WHERE id = {})"
    pairs = {
        "size": f"CASE WHEN {_GROWS} THEN {words.pair('old_size', 'size')} END",
        "location": f"CASE WHEN {_moves()} THEN "
        f"{words.pair(code.format('old_place'), code.format('location_id'))} END",
    }
    diff = words.merged(words.filled(pairs), _attributes(words))
    changed = run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff, row_no) "  # noqa: S608
        f"SELECT :batch, 'household', household_id, {diff}, row_no "
        f"FROM {_WORK} WHERE {_differs()}",
        batch=batch,
    )
    _move_members(db, batch)
    run(
        db,
        "UPDATE household SET version = household.version + 1, "  # noqa: S608
        "size = COALESCE(w.size, household.size), "
        f"location_id = CASE WHEN {_moves().replace('location_id NOT', 'w.location_id NOT')} "
        "THEN w.location_id ELSE household.location_id END, "
        f"attributes = {words.merged('household.attributes', 'w.attributes')} "
        f"FROM {_WORK} w WHERE w.household_id = household.id AND {_differs_of('w')}",
    )
    return changed


def _attributes(words: Spelling) -> str:
    """Write the JSON object of the attributes that change, each with both its values."""
    return (
        f"(SELECT {words.keyed(_ATTRIBUTE_KEY, words.pair('b.value', 'a.value'))} "  # noqa: S608
        f"FROM {words.each('attributes')} a LEFT JOIN {words.each('old_attributes')} b "
        "ON b.key = a.key WHERE a.value IS DISTINCT FROM b.value)"
    )


_ATTRIBUTE_KEY = f"'{ATTRIBUTE_PREFIX}' || a.key"


def _differs_of(alias: str) -> str:
    return f"{alias}.n IN (SELECT n FROM {_WORK} WHERE {_differs()})"  # noqa: S608


def _move_members(db: Session, batch: int) -> None:
    make_temporary(
        db,
        MOVED,
        "SELECT p.id, p.location_id AS old_place, w.location_id AS new_place, w.row_no "  # noqa: S608
        f"FROM {_WORK} w JOIN membership m ON m.household_id = w.household_id AND m.until IS NULL "
        "JOIN person p ON p.id = m.person_id "
        f"WHERE {_differs_of('w')} AND w.location_id NOT IN (p.location_id, {UNASSIGNED})",
        index="id",
    )
    move_people(db, batch)


def move_people(db: Session, batch: int) -> None:
    """Bring the people of MOVED to where their household lives, as part of a batch."""
    words = spelling(db)
    code = "(SELECT code FROM location WHERE id = {})"
    pair = words.pair(code.format("old_place"), code.format("new_place"))
    diff = words.member("'location'", pair)
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff, row_no) "  # noqa: S608
        f"SELECT :batch, 'person', id, {diff}, row_no FROM {MOVED}",
        batch=batch,
    )
    run(
        db,
        "UPDATE person SET location_id = m.new_place, version = person.version + 1 "  # noqa: S608
        f"FROM {MOVED} m WHERE m.id = person.id",
    )
    run(db, f"INSERT INTO search_outbox (person_id) SELECT id FROM {MOVED}")  # noqa: S608
