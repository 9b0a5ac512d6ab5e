"""Taking back a published import: what nothing has touched since leaves, the rest is named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session

from core.domain.permissions import Actor
from core.errors import Conflict
from core.models import Batch, ImportRun, RunState
from core.storage import audit
from core.storage.database import is_sqlite
from core.storage.dialect import ask, make_temporary, run, spelling
from core.storage.documents import ENTITIES, gone, keep
from core.storage.importing.receipts import lock_publishes
from core.storage.lifecycle.moves import lock_programmes
from core.storage.rewinding.rewind_held import close_held
from core.storage.rewinding.rewind_homes import count_restored, give_back, weigh
from core.storage.rewinding.rewind_plan import ENROLMENTS, JOINED, PEOPLE, plan
from core.storage.rewinding.rewind_statuses import FORMER, move_back
from core.storage.rewinding.rewind_stays import Stay, find_stays, list_stays
from core.storage.rewinding.rewind_traces import note_leaving
from core.storage.rewinding.rewind_values import VALUES, name_leaving
from core.storage.search_entries import wait_for_drain

KIND, UNDO_KIND = "rewind", "rewind_undo"
STAYS_SHOWN = 50


@dataclass(frozen=True)
class Preview:
    """What a rewind would do now: how many records leave, how many people and households known
    before get something back, and how many stay or keep something, by reason; `stays` is one page
    of these."""

    run: UUID
    people: int
    households: int
    enrolments: int
    restored: int
    kept: int
    reasons: Mapping[str, int]
    stays: tuple[Stay, ...]
    households_restored: int = 0
    households_kept: int = 0


@dataclass(frozen=True)
class RewindReceipt:
    """What a rewind took out, or its undo put back; `stays` names the first of those who stay."""

    run: UUID
    batch: UUID
    people: int
    households: int
    enrolments: int
    restored: int
    kept: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    stays: tuple[Stay, ...] = ()
    households_restored: int = 0
    households_kept: int = 0


@dataclass(frozen=True)
class Rewinding:
    """Which run is taken back or put back, by whom, why and when."""

    actor: Actor
    run: ImportRun
    reason: str | None
    at: datetime


def look_ahead(
    db: Session, actor: Actor, run_: ImportRun, limit: int = STAYS_SHOWN, offset: int = 0
) -> Preview:
    """Return what a rewind of a published run would do; writes nothing but temporary tables."""
    check_published(run_)
    plan(db, run_.batch_id or 0, actor)
    weigh(db, run_.batch_id or 0)
    counts, staying = count_leaving(db), find_stays(db)
    return Preview(
        run=run_.uuid,
        **counts,
        **staying.counts,
        reasons=staying.reasons,
        stays=list_stays(db, limit, offset),
    )


def check_published(run_: ImportRun) -> None:
    """Raise Conflict unless the run is published and stands."""
    if run_.state != RunState.PUBLISHED:
        raise Conflict(
            "“{file}” is not published, so there is nothing to take back.", file=run_.file_name
        )
    if run_.rewound_at is not None:
        raise Conflict(
            "“{file}” has been rewound already. Undo that rewind first to try again.",
            file=run_.file_name,
        )


def count_leaving(db: Session) -> dict[str, int]:
    """Return how many people, households and enrolments leave, and how many people and households
    get something back."""
    leaving = {
        name: ask(db, f"SELECT count(*) FROM {gone(entity)}")  # noqa: S608
        for name, entity in (
            ("people", "person"),
            ("households", "household"),
            ("enrolments", "enrolment"),
        )
    }
    known = f"NOT EXISTS (SELECT 1 FROM {PEOPLE} p WHERE p.id = x.person_id)"  # noqa: S608
    restored = ask(
        db,
        "SELECT count(*) FROM ("  # noqa: S608
        f"SELECT person_id FROM {VALUES} WHERE ok UNION "
        f"SELECT x.person_id FROM {ENROLMENTS} x JOIN {gone('enrolment')} g ON g.id = x.id "
        f"WHERE {known} UNION "
        f"SELECT x.person_id FROM {JOINED} x JOIN {gone('membership')} g ON g.id = x.id "
        f"UNION SELECT person_id FROM {FORMER} WHERE ok) r",
    )
    return {**leaving, "restored": restored, "households_restored": count_restored(db)}


def rewind_run(db: Session, order: Rewinding) -> RewindReceipt:
    """Take a published import back: everything that may leave, or nothing at all.

    Raises Conflict when the run is not published, is rewound already, or when everything it did
    has been touched since.
    """
    lock(db, order.run.programme_id)
    run_ = order.run
    check_published(run_)
    imported = run_.batch_id or 0
    plan(db, imported, order.actor)
    weigh(db, imported)
    counts, staying = count_leaving(db), find_stays(db)
    if staying.reasons and not any(counts.values()):
        raise Conflict(
            "Everything that “{file}” brought has been changed or used since, so nothing of it "
            "can be taken back.",
            file=run_.file_name,
        )
    batch = open_batch(db, order, KIND, imported, {**counts, **staying.counts})
    receipt = RewindReceipt(
        run_.uuid, batch.uuid, **batch.counts, reasons=staying.reasons,
        stays=list_stays(db, STAYS_SHOWN, 0),
    )  # fmt: skip
    name_leaving(db)
    _name_household_keys(db, imported)
    _tell_search(db)
    _take_out(db, imported, batch.id or 0)
    move_back(db, batch, order.actor, run_.programme_id)
    run_.rewound_at = order.at
    close_held(db, run_, order.at)
    close(db, order, batch, "import.rewind")
    return receipt


def lock(db: Session, programme_id: int) -> None:
    """Keep publishes, other rewinds, every act on statuses of the programme, every writer of people
    and the indexing of search out.

    Reading goes on. On SQLite a writing transaction is alone anyway.
    """
    lock_publishes(db)
    # Before the tables: who holds this lock may wait for one of them.
    lock_programmes(db, programme_id)
    if is_sqlite(db):
        return
    wait_for_drain(db)
    tables = ", ".join(reversed(ENTITIES))
    db.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))


def open_batch(
    db: Session, order: Rewinding, kind: str, undone: int, counts: dict[str, int]
) -> Batch:
    """Insert the batch of a rewind or of its undo."""
    batch = Batch(
        kind=kind,
        uuid=uuid4(),
        actor=order.actor.name,
        recorded_at=order.at,
        reason=order.reason,
        counts=counts,
        undo_of_id=undone,
    )
    db.add(batch)
    db.flush()
    return batch


def _name_household_keys(db: Session, imported: int) -> None:
    words = spelling(db)
    make_temporary(
        db,
        gone("household_key"),
        "SELECT k.space_id, k.key, k.household_id, false AS known FROM household_key k "  # noqa: S608
        f"JOIN {gone('household')} g ON g.id = k.household_id "
        "UNION ALL SELECT k.space_id, k.key, k.household_id, true "
        f"FROM change c CROSS JOIN {words.each('c.diff')} d "
        "JOIN household_key k ON k.household_id = c.entity_id "
        f"AND {words.joined('CAST(k.space_id AS text)', 'k.key')} = d.key "
        "WHERE c.batch_id = :batch AND c.entity = 'household_key'",
        index="key",
        batch=imported,
    )


def _tell_search(db: Session) -> None:
    """Everybody whose entry will be out of date, while it still can be told who that is."""
    run(
        db,
        "INSERT INTO search_outbox (person_id) "  # noqa: S608
        f"SELECT id FROM {gone('person')} UNION SELECT person_id FROM {VALUES} WHERE ok "
        f"UNION SELECT e.person_id FROM enrolment e JOIN {gone('enrolment')} g ON g.id = e.id "
        f"UNION SELECT m.person_id FROM membership m JOIN {gone('membership')} g ON g.id = m.id "
        "UNION SELECT m.person_id FROM membership m "
        "JOIN enrolment e ON e.household_id = m.household_id "
        f"JOIN {gone('enrolment')} g ON g.id = e.id",
    )


def _take_out(db: Session, imported: int, batch_id: int) -> None:
    """Move what leaves into rewound_record, note what known people lose, give them back theirs."""
    words = spelling(db)
    known = f"JOIN {JOINED} m ON m.id = g.id"
    for entity, holder, source, key, value in (
        ("membership", "m.person_id", known, "'household'", "m.household_id"),
        (
            "household_key",
            "g.household_id",
            "WHERE g.known",
            words.joined("CAST(g.space_id AS text)", "g.key"),
            "g.household_id",
        ),
    ):
        run(
            db,
            "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
            f"SELECT :batch, '{entity}', {holder}, "
            f"{words.member(key, words.pair(value, 'NULL'))} FROM {gone(entity)} g {source}",
            batch=batch_id,
        )
    note_leaving(db, batch_id)
    run(
        db,
        f"DELETE FROM search_entry WHERE person_id IN (SELECT id FROM {gone('person')})",  # noqa: S608
    )
    for entity in ENTITIES:
        keep(db, entity, batch_id)
    give_back(db, imported, batch_id)


def close(db: Session, order: Rewinding, batch: Batch, action: str) -> None:
    """Write the act into the log."""
    db.flush()
    audit.record_act(
        db,
        order.actor.name,
        action,
        f"import_run:{order.run.uuid}",
        batch=str(batch.uuid),
        **batch.counts,
    )
