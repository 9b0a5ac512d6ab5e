"""Giving known households their former values back, and the places that members share with them.

A household goes back to its former place only together with all who live in it now; nobody is
moved whom the import did not move.
"""

from sqlalchemy import text
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX
from core.storage.dialect import make_temporary, run, spelling
from core.storage.documents import gone
from core.storage.rewinding import rewind_statuses, rewind_values
from core.storage.rewinding.rewind_plan import Reason
from core.storage.rewinding.rewind_reach import HOMES_BEYOND
from core.storage.rewinding.rewind_values import (
    VALUES,
    attribute_is_after,
    is_after,
    is_there,
    note_former,
    write_former,
)

HOMES = "former_home"
_PLACE = "'location'"


def weigh(db: Session, batch_id: int) -> None:
    """Fill the tables of rewind_values.weigh and rewind_statuses.weigh, and HOMES (household_id,
    key, before, after, ok and the reason where it is not).

    Needs who is out of reach, and the memberships that leave in gone(…).
    """
    rewind_values.weigh(db, batch_id)
    rewind_statuses.weigh(db, batch_id)
    words = spelling(db)
    beyond = f"EXISTS (SELECT 1 FROM {HOMES_BEYOND} b WHERE b.id = h.id)"  # noqa: S608
    unmoved = (
        f"CASE d.key WHEN 'size' THEN {is_after(words, 'h.size')} "
        f"WHEN {_PLACE} THEN {is_there(words, 'h')} "
        f"ELSE CASE WHEN d.key LIKE '{ATTRIBUTE_PREFIX}%' THEN {attribute_is_after(words, 'h')} "
        "ELSE false END END"
    )
    make_temporary(
        db,
        HOMES,
        "SELECT h.id AS household_id, d.key AS key, "  # noqa: S608
        f"{words.item('d.value', 0)} AS before, {words.item('d.value', 1)} AS after, "
        f"(NOT {beyond} AND {unmoved}) AS ok, {Reason.VALUE:d} AS reason "
        f"FROM change c CROSS JOIN {words.each('c.diff')} d JOIN household h ON h.id = c.entity_id "
        "WHERE c.batch_id = :batch AND c.entity = 'household' AND c.diff IS NOT NULL",
        index="household_id",
        batch=batch_id,
    )
    _keep_homes(db)
    _keep_members(db)


def _living(holder: str) -> str:
    """Write the memberships m that are open and do not leave."""
    return (
        f"membership m WHERE {holder} AND m.until IS NULL "  # noqa: S608
        f"AND NOT EXISTS (SELECT 1 FROM {gone('membership')} g WHERE g.id = m.id)"
    )


def _keep_homes(db: Session) -> None:
    """A household stays where somebody lives in it whom the batch did not move, or who stays."""
    moved = f"FROM {VALUES} v WHERE v.person_id = m.person_id AND v.key = {_PLACE}"
    for reason, going in (
        (Reason.JOINED, moved),
        (Reason.HOUSEHOLD, f"{moved} AND v.ok AND v.before = {HOMES}.before"),
    ):
        run(
            db,
            f"UPDATE {HOMES} SET ok = false, reason = {reason:d} WHERE ok AND key = {_PLACE} "  # noqa: S608
            f"AND EXISTS (SELECT 1 FROM {_living(f'm.household_id = {HOMES}.household_id')} "
            f"AND NOT EXISTS (SELECT 1 {going}))",
        )


def _keep_members(db: Session) -> None:
    """People stay where their household stays."""
    former = spelling(db).as_text(f"{VALUES}.before")
    back = (
        f"EXISTS (SELECT 1 FROM {HOMES} x WHERE x.household_id = m.household_id "  # noqa: S608
        f"AND x.key = {_PLACE} AND x.ok AND x.before = {VALUES}.before)"
    )
    there = (
        "EXISTS (SELECT 1 FROM household h JOIN location l ON l.id = h.location_id "  # noqa: S608
        f"WHERE h.id = m.household_id AND l.code = {former})"
    )
    run(
        db,
        f"UPDATE {VALUES} SET ok = false WHERE ok AND key = {_PLACE} "  # noqa: S608
        f"AND EXISTS (SELECT 1 FROM {_living(f'm.person_id = {VALUES}.person_id')} "
        f"AND NOT {there} AND NOT {back})",
    )


def give_back(db: Session, reverted: int, batch_id: int) -> None:
    """Write the former values of people and households, and note them as changes of `batch_id`."""
    rewind_values.give_back(db, reverted, batch_id)
    write_former(db, "household", HOMES, ("size",))
    note_former(db, "household", HOMES, batch_id)


def count_restored(db: Session) -> int:
    """Return how many households known before get something back."""
    query = text(f"SELECT count(DISTINCT household_id) FROM {HOMES} WHERE ok")  # noqa: S608
    return int(db.execute(query).scalar_one())
