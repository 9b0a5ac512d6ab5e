"""Which later act touched a row that an act wrote."""

from typing import Any, cast

from sqlalchemy import and_, func, select
from sqlmodel import Session

from core.models import Batch, Change, RowImage, StatusChange

_TOLD_OF: dict[str, tuple[str, ...]] = {
    "person": ("person", "membership", "source_key"),
    "membership": ("membership", "person"),
    "identifier": ("person",),
    "source_key": ("source_key",),
    "household": ("household", "household_key"),
    "programme": ("programme",),
}


def find_toucher(
    db: Session, batch_id: int, entity: str, name: str, person_id: int | None
) -> Batch | None:
    """Return the newest later batch that wrote a row."""
    image, change, move = (cast(Any, one).__table__.c for one in (RowImage, Change, StatusChange))
    queries = [
        select(func.max(image.batch_id)).where(
            image.entity == entity, image.entity_id == name, image.batch_id > batch_id
        )
    ]
    told = _TOLD_OF.get(entity, ())
    about = int(name) if entity in ("person", "household", "programme") else person_id
    if told and about is not None:
        queries.append(
            select(func.max(change.batch_id)).where(
                change.entity.in_(told), change.entity_id == about, change.batch_id > batch_id
            )
        )
    if entity == "enrolment":
        moved = and_(move.enrolment_id == int(name), move.batch_id > batch_id)
        queries.append(select(func.max(move.batch_id)).where(moved))
    newest = max((db.execute(query).scalar() or 0 for query in queries), default=0)
    return db.get(Batch, newest) if newest else None
