"""Undoing a rewind: what it took out comes back, with the same numbers, where nothing collides."""

from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from core.domain.permissions import Actor
from core.errors import Conflict, NotFound
from core.models import Batch, ImportRun
from core.storage.dialect import ask, run, spelling
from core.storage.documents import ENTITIES, back, put_back
from core.storage.importing import imports
from core.storage.rewinding.rewind import (
    KIND,
    STAYS_SHOWN,
    UNDO_KIND,
    Rewinding,
    RewindReceipt,
    close,
    lock,
    open_batch,
)
from core.storage.rewinding.rewind_back import find_returning
from core.storage.rewinding.rewind_held import open_held
from core.storage.rewinding.rewind_homes import count_restored, give_back, weigh
from core.storage.rewinding.rewind_statuses import FORMER, move_back
from core.storage.rewinding.rewind_stays import find_stays, list_stays
from core.storage.rewinding.rewind_traces import note_returning
from core.storage.rewinding.rewind_values import VALUES


def find_rewind(db: Session, actor: Actor, uuid: UUID) -> tuple[ImportRun, Batch]:
    """Return the actor's own run that a rewind took back, locked, and the batch of that rewind.

    Raises NotFound: a rewind of somebody else's run looks like none.
    """
    query = (
        select(ImportRun, Batch)
        .join(Batch, col(Batch.undo_of_id) == col(ImportRun.batch_id))
        .where(
            col(Batch.uuid) == uuid,
            col(Batch.kind) == KIND,
            col(ImportRun.user_id) == actor.user_id,
        )
    )
    found = db.execute(query).one_or_none()
    if found is None:
        raise NotFound("Rewind")
    return imports.get(db, actor, found[0].uuid, locked=True), found[1]


def find_standing(db: Session, run_: ImportRun) -> Batch | None:
    """Return the batch of the rewind of a run that has not been undone, if there is one."""
    if run_.rewound_at is None:
        return None
    query = (
        select(Batch)
        .where(col(Batch.undo_of_id) == run_.batch_id, col(Batch.kind) == KIND)
        .order_by(col(Batch.id).desc())
        .limit(1)
    )
    return cast(Batch | None, db.execute(query).scalar())


def undo_rewind_run(db: Session, order: Rewinding, rewound: Batch) -> RewindReceipt:
    """Put back what a rewind took out, and the values it took back; everything or nothing.

    Raises Conflict when that rewind does not stand any more, or when nothing can come back.
    """
    lock(db, order.run.programme_id)
    run_, rewind_id = order.run, rewound.id or 0
    standing = find_standing(db, run_)
    if standing is None or standing.id != rewind_id:
        raise Conflict("That rewind of “{file}” has been undone already.", file=run_.file_name)
    find_returning(db, rewind_id, order.actor)
    batch = open_batch(db, order, UNDO_KIND, rewind_id, {})
    counts = _return(db, rewind_id, batch.id or 0)
    move_back(db, batch, order.actor, run_.programme_id)
    staying = find_stays(db)
    if staying.reasons and not any(counts.values()):
        raise Conflict(
            "Everything that the rewind of “{file}” took out collides with what came since, so "
            "nothing of it can come back.",
            file=run_.file_name,
        )
    batch.counts = {**counts, **staying.counts}
    run_.rewound_at = None
    open_held(db, run_)
    close(db, order, batch, "import.rewind_undo")
    return RewindReceipt(
        run_.uuid, batch.uuid, **batch.counts, reasons=staying.reasons,
        stays=list_stays(db, STAYS_SHOWN, 0),
    )  # fmt: skip


def _return(db: Session, rewind_id: int, batch_id: int) -> dict[str, int]:
    """Insert the rows that come back, then put the values again; return how many."""
    done = {entity: put_back(db, entity) for entity in reversed(ENTITIES)}
    weigh(db, rewind_id)
    give_back(db, rewind_id, batch_id)
    _note(db, batch_id)
    _tell_search(db)
    known = f"NOT EXISTS (SELECT 1 FROM {back('person')} b WHERE b.id = x.person_id)"  # noqa: S608
    restored = ask(
        db,
        f"SELECT count(*) FROM (SELECT person_id FROM {VALUES} WHERE ok "  # noqa: S608
        f"UNION SELECT x.person_id FROM {back('enrolment')} x WHERE {known} "
        f"UNION SELECT x.person_id FROM {back('membership')} x WHERE {known} "
        f"UNION SELECT person_id FROM {FORMER} WHERE ok) r",
    )
    return {
        "people": done["person"],
        "households": done["household"],
        "enrolments": done["enrolment"],
        "restored": restored,
        "households_restored": count_restored(db),
    }


def _note(db: Session, batch_id: int) -> None:
    """Note what known people and households got back."""
    note_returning(db, batch_id)
    words = spelling(db)
    for entity, owner, key, made in (
        ("membership", "x.person_id", "'household'", back("person")),
        (
            "household_key",
            "x.household_id",
            words.joined("CAST(x.space_id AS text)", "x.key"),
            back("household"),
        ),
    ):
        run(
            db,
            "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
            f"SELECT :batch, '{entity}', {owner}, "
            f"{words.member(key, words.pair('NULL', 'x.household_id'))} FROM {back(entity)} x "
            f"WHERE NOT EXISTS (SELECT 1 FROM {made} b WHERE b.id = {owner})",
            batch=batch_id,
        )


def _tell_search(db: Session) -> None:
    run(
        db,
        "INSERT INTO search_outbox (person_id) "  # noqa: S608
        f"SELECT id FROM {back('person')} UNION SELECT person_id FROM {VALUES} WHERE ok "
        f"UNION SELECT person_id FROM {back('enrolment')} "
        f"UNION SELECT person_id FROM {back('membership')} "
        f"UNION SELECT m.person_id FROM {back('enrolment')} e "
        "JOIN membership m ON m.household_id = e.household_id",
    )
