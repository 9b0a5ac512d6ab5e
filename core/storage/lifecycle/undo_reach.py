"""Whom the rows of a small act are about: nobody beyond the actor's grants is put back."""

from collections.abc import Sequence

from sqlalchemy import and_, not_, or_, select
from sqlmodel import Session

from core.domain.permissions import Actor, Permission, may_design
from core.errors import Conflict, NotAllowed
from core.storage.acts.row_images import Image, read_images
from core.storage.columns import LOCATION, PERSON
from core.storage.importing.receipts import lock_publishes
from core.storage.lifecycle.moves import lock_programmes
from core.storage.selection import people_in_scope, places_in_scope

_MOVE = Permission.TRANSITION
_ABOUT_PEOPLE = frozenset({"person", "membership"})
_ABOUT_PROGRAMMES = {"programme": "id", "cycle": "programme_id"}


def lock(db: Session, batch_id: int, *programme_ids: int) -> None:
    """Keep other acts on the statuses of these programmes out and, where the batch wrote rows,
    publishes, rewinds and acts on the enrolments among these, as the act itself did."""
    images = read_images(db, batch_id)
    if images:
        lock_publishes(db)
    enrolments = [one for one in images if one.entity == "enrolment"]
    rows = [row for image in enrolments for row in (image.before, image.after) if row is not None]
    lock_programmes(db, *programme_ids, *(int(row["programme_id"]) for row in rows))


def check_reach(db: Session, actor: Actor, batch_id: int) -> None:
    """Raise Conflict where a batch wrote people or memberships of somebody whom the actor may not
    move now, NotAllowed where it changed a programme that is not theirs to change. Somebody merged
    away is enrolled nowhere: there the place alone decides."""
    found = read_images(db, batch_id)
    _check_designs(actor, found)
    images = [one for one in found if one.entity in _ABOUT_PEOPLE]
    people = {
        int(row["id" if image.entity == "person" else "person_id"])
        for image in images
        for row in (image.before, image.after)
        if row is not None
    }
    near = select(LOCATION.id).where(places_in_scope(actor, _MOVE))
    merged = and_(PERSON.merged_into_id.is_not(None), PERSON.location_id.in_(near))
    reached = or_(people_in_scope(actor, _MOVE), merged)
    beyond = select(PERSON.id).where(PERSON.id.in_(people), not_(reached)).limit(1)
    if people and db.execute(beyond).first() is not None:
        raise Conflict(
            "This act also touched somebody beyond the areas or programmes you look after. Ask "
            "somebody who looks after all of them to take it back."
        )


def _check_designs(actor: Actor, images: Sequence[Image]) -> None:
    for image in images:
        if image.entity in _ABOUT_PROGRAMMES:
            row = image.after or image.before or {}
            if not may_design(actor, int(row[_ABOUT_PROGRAMMES[image.entity]])):
                raise NotAllowed(Permission.DESIGN)
