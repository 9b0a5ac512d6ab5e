"""Edited versions of the validation suites; the newest of a name is the one in force."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from core.errors import Conflict, NotFound
from core.models import SuiteVersion


def newest(db: Session, name: str) -> SuiteVersion | None:
    """Return the newest version of a suite, None while the shipped file is in force."""
    query = select(SuiteVersion).where(col(SuiteVersion.name) == name)
    return db.execute(query.order_by(col(SuiteVersion.version).desc()).limit(1)).scalar()


def newest_of(db: Session, prefix: str) -> list[SuiteVersion]:
    """Return the newest version of each suite whose name begins with `prefix`, by name."""
    last = (
        select(col(SuiteVersion.name), func.max(col(SuiteVersion.version)).label("version"))
        .where(col(SuiteVersion.name).startswith(prefix, autoescape=True))
        .group_by(col(SuiteVersion.name))
        .subquery()
    )
    query = select(SuiteVersion).join(
        last,
        (last.c.name == col(SuiteVersion.name)) & (last.c.version == col(SuiteVersion.version)),
    )
    return list(db.execute(query.order_by(col(SuiteVersion.name))).scalars())


def get(db: Session, name: str, version: int) -> SuiteVersion:
    """Return one version of a suite; NotFound where there is none."""
    query = select(SuiteVersion).where(
        col(SuiteVersion.name) == name, col(SuiteVersion.version) == version
    )
    found: SuiteVersion | None = db.execute(query).scalar()
    if found is None:
        raise NotFound("Version {version} of the rules “{name}”", version=version, name=name)
    return found


def list_by_id(db: Session, ids: Sequence[int]) -> list[SuiteVersion]:
    """Return the versions with these keys, in the order of the keys."""
    query = select(SuiteVersion).where(col(SuiteVersion.id).in_(ids))
    found = {one.id: one for one in db.execute(query).scalars()}
    return [found[one] for one in ids if one in found]


def list_versions(db: Session, name: str) -> list[SuiteVersion]:
    """Return every version of a suite, newest first."""
    query = select(SuiteVersion).where(col(SuiteVersion.name) == name)
    return list(db.execute(query.order_by(col(SuiteVersion.version).desc())).scalars())


def add(
    db: Session,
    name: str,
    document: Mapping[str, Any],
    expected: int,
    *,
    note: str | None,
    made: tuple[str, datetime],
) -> SuiteVersion:
    """Keep a new version; Conflict unless `expected` is the newest one (0: none). `made` says by
    whom and when."""
    last = newest(db, name)
    stale = Conflict(
        "Somebody has saved the rules “{name}” in between. Open them again and repeat the change.",
        name=name,
    )
    if (last.version if last else 0) != expected:
        raise stale
    found = SuiteVersion(
        name=name,
        version=expected + 1,
        document=dict(document),
        note=note,
        made_by=made[0],
        made_at=made[1],
    )
    db.add(found)
    try:
        db.flush()
    except IntegrityError:
        raise stale from None
    return found
