"""Saved mappings, in versions: everybody's own, and those of the installation (the system's)."""

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from core.domain.permissions import Actor
from core.errors import NotFound
from core.models import SavedMapping
from core.storage.accounts import SYSTEM

_MOST = 500


def _visible(actor: Actor) -> ColumnElement[bool]:
    """A mapping quotes values of its file: like an import run, it is its maker's alone."""
    return col(SavedMapping.made_by).in_((actor.name, SYSTEM))


def list_newest(db: Session, actor: Actor) -> list[SavedMapping]:
    """Return the newest version of each mapping that the actor may use, latest first."""
    mine = _visible(actor)
    last = (
        select(col(SavedMapping.name), func.max(col(SavedMapping.version)).label("version"))
        .where(mine)
        .group_by(col(SavedMapping.name))
        .subquery()
    )
    query = (
        select(SavedMapping)
        .join(
            last,
            (last.c.name == col(SavedMapping.name)) & (last.c.version == col(SavedMapping.version)),
        )
        .order_by(col(SavedMapping.id).desc())
        .limit(_MOST)
    )
    return list(db.execute(query).scalars())


def get(db: Session, actor: Actor, name: str, version: int | None = None) -> SavedMapping:
    """Return one version of a mapping, the newest by default; NotFound for one out of reach."""
    query = select(SavedMapping).where(col(SavedMapping.name) == name, _visible(actor))
    if version is not None:
        query = query.where(col(SavedMapping.version) == version)
    query = query.order_by(col(SavedMapping.version).desc()).limit(1)
    found: SavedMapping | None = db.execute(query).scalar()
    if found is None:
        if version:
            raise NotFound("Version {version} of the mapping “{name}”", version=version, name=name)
        raise NotFound("The mapping “{name}”", name=name)
    return found


def add(db: Session, made: SavedMapping) -> int:
    """Keep `made` as the next version of its name; return the version.

    Two at once collide on the unique version, and the later one fails as a whole.
    """
    query = select(func.max(col(SavedMapping.version))).where(col(SavedMapping.name) == made.name)
    made.version = int(db.execute(query).scalar() or 0) + 1
    db.add(made)
    db.flush()
    return made.version
