"""The types of identifier that people within reach have."""

from sqlalchemy import bindparam, exists, func, select

from core.domain.permissions import Actor
from core.storage.columns import IDENTIFIER, PERSON
from core.storage.database import Session
from core.storage.importing.duplicates import reach

_AFTER = select(func.min(IDENTIFIER.type)).where(IDENTIFIER.type > bindparam("last"))


def list_types(db: Session, actor: Actor) -> list[str]:
    """Return the types of the numbers that people have whom the actor may see or import."""
    found, last = [], ""
    # From one type to the next by the index on it: a registry has millions of numbers of few types.
    while (kind := db.execute(_AFTER, {"last": last}).scalar()) is not None:
        owned = exists().where(IDENTIFIER.person_id == PERSON.id, IDENTIFIER.type == kind)
        if db.execute(select(PERSON.id).where(reach(actor), owned).limit(1)).first():
            found.append(kind)
        last = kind
    return found
