"""Sources: a database or an API of somebody's, set up here, imported by hand or on a timetable.

A source belongs to who added it and acts with that account's grants; whom else it is about learns
nothing of it. Which hosts there may be is the server's business (CASELOAD_SOURCE_HOSTS).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from core.domain.fields import Status
from core.domain.permissions import Actor, Permission, require
from core.domain.timetable import Timetable, next_at
from core.errors import InvalidInput, Words
from core.etl import connect
from core.etl.connect import Asked, Connector, Secrets
from core.models import Programme, Source
from core.settings import now, read_settings
from core.storage import audit, secrets, sources
from core.storage.database import Session, reading, transaction
from core.storage.importing import imports

_SAMPLE = 5
_LONGEST_NAME, _LONGEST_REASON = 200, 500
_TUNING = frozenset({"lag", "sweep_days", "size"})
"""Options that say how to read, not what: a change of any other begins the source anew."""
_PLACE = frozenset({"url", "host", "port", "token_url", "session_url", "tls", "engine", "file"})
"""Options that say where a secret goes: with another place it must be given again."""
HELD_SHARE = 20


@dataclass(frozen=True)
class NewSource:
    """What a person says of a source. `limits` may hold `held_share`, the percentage of rows held
    back above which nothing is published; `publishes` says whether clean rows need no look."""

    name: str
    kind: str
    options: Mapping[str, Any]
    programme_code: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: Status = Status.POTENTIAL
    dataset: str = "people"
    timetable: Mapping[str, Any] | None = None
    publishes: bool = False
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceView:
    """A source as its owner sees it; of the secrets only which are set."""

    uuid: UUID
    version: int
    name: str
    kind: str
    programme: str
    dataset: str
    status: Status
    options: Mapping[str, Any]
    secrets_set: tuple[str, ...]
    timetable: Mapping[str, Any] | None
    next_at: datetime | None
    publishes: bool
    limits: Mapping[str, Any]
    paused: str | None
    cursor: Mapping[str, Any] | None
    mapped: bool
    retired: datetime | None


def add_source(actor: Actor, new: NewSource) -> UUID:
    """Add a source of the actor's own; nothing is read yet.

    Raises InvalidInput or HostRefused for what cannot work, NotFound for a programme out of reach.
    """
    require(actor, Permission.IMPORT)
    connector = connect.find_connector(new.kind)
    connect.check_options(connector, new.options)
    with transaction() as db:
        programme = imports.find_programme(db, actor, new.programme_code)
        source = Source(
            name=_clean(new.name, Words("name"), _LONGEST_NAME),
            kind=new.kind,
            options=dict(new.options),
            secret=_encrypted(connector, {}, new.secrets),
            user_id=actor.user_id,
            programme_id=programme.id or 0,
            dataset=new.dataset,
            status=new.status,
            timetable=_timetable(new.timetable),
            limits=_limits(new.limits),
            publishes=new.publishes,
            next_at=_next(new.timetable),
            created_at=now(),
        )
        sources.add(db, source)
        _record(db, actor, "source.add", source, kind=new.kind, programme=programme.code)
    return source.uuid


def list_sources(actor: Actor) -> list[SourceView]:
    """Return the actor's own sources, by name."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        own = sources.list_own(db, actor)
        return [_view(source, sources.programme_of(db, source)) for source in own]


def describe(actor: Actor, uuid: UUID) -> SourceView:
    """Return one of the actor's own sources."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        source = sources.get(db, actor, uuid)
        return _view(source, sources.programme_of(db, source))


def try_out(actor: Actor, new: NewSource) -> list[dict[str, Any]]:
    """Return the first records of a source that is not added yet."""
    require(actor, Permission.IMPORT)
    connector = connect.find_connector(new.kind)
    connect.check_options(connector, new.options)
    with transaction() as db:
        programme = imports.find_programme(db, actor, new.programme_code)
        audit.record_act(
            db, actor.name, "source.test", None, kind=new.kind, programme=programme.code
        )
    return _first(connector, Asked(new.options, Secrets(new.secrets), None, now()))


def test_connection(actor: Actor, uuid: UUID) -> list[dict[str, Any]]:
    """Return the first records that a source answers with now; nothing is kept."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid)
        sources.require_live(source)
        _record(db, actor, "source.test", source)
    known = Secrets(secrets.decrypt(source.secret))
    return _first(connect.find_connector(source.kind), Asked(source.options, known, None, now()))


def _first(connector: Connector, asked: Asked) -> list[dict[str, Any]]:
    pages = connector.fetch(asked)
    return list(islice((row for page in pages for row in page.rows), _SAMPLE))


def list_tables(actor: Actor, new: NewSource) -> list[str]:
    """Return what can be picked in a database, before a table is chosen."""
    require(actor, Permission.IMPORT)
    connector = connect.find_connector(new.kind)
    if connector.tables is None:
        return []
    with transaction() as db:
        imports.find_programme(db, actor, new.programme_code)
        audit.record_act(db, actor.name, "source.tables", None, kind=new.kind)
    return connector.tables(Asked(new.options, Secrets(new.secrets), None, now()))


def set_options(
    actor: Actor, uuid: UUID, options: Mapping[str, Any], given: Mapping[str, str] | None = None
) -> None:
    """Change what a source reads, and the secrets `given`; the others stay as they are.

    Where the source is asked elsewhere than before, every secret must be given again: a secret
    goes to nobody but whom it was meant for. What is read otherwise is read from its beginning.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        connector = connect.find_connector(source.kind)
        connect.check_options(connector, options)
        names = {*options, *source.options}
        changed = {name for name in names if options.get(name) != source.options.get(name)}
        known = {} if changed & _PLACE else secrets.decrypt(source.secret)
        source.secret = _encrypted(connector, known, given or {})
        source.options = dict(options)
        source.version += 1
        if changed - _TUNING:
            source.cursor = None
        _record(
            db, actor, "source.options", source, options=sorted(changed), secrets=len(given or ())
        )


def set_timetable(actor: Actor, uuid: UUID, timetable: Mapping[str, Any] | None) -> None:
    """Set when a source is imported ({"every", "at", "weekday"}); None for by hand alone."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        source.timetable, source.next_at = _timetable(timetable), _next(timetable)
        _record(db, actor, "source.timetable", source, every=(timetable or {}).get("every"))


def set_rules(actor: Actor, uuid: UUID, *, publishes: bool, limits: Mapping[str, Any]) -> None:
    """Set whether clean rows are published without a look, and what share held back stops it."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        source.publishes, source.limits = publishes, _limits(limits)
        _record(db, actor, "source.rules", source, publishes=publishes, limits=source.limits)


def pause(actor: Actor, uuid: UUID, reason: str) -> None:
    """Keep a source from being imported until somebody resumes it."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        source.paused = _clean(reason, Words("reason"), _LONGEST_REASON)
        _record(db, actor, "source.pause", source)


def resume(actor: Actor, uuid: UUID) -> None:
    """Let a paused source be imported again: at once, where it has a timetable."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        source.paused = None
        source.next_at = now() if source.timetable else None
        _record(db, actor, "source.resume", source)


def retire(actor: Actor, uuid: UUID) -> None:
    """End a source for good: no more imports, its secrets are deleted, its history stays."""
    require(actor, Permission.IMPORT)
    with transaction() as db:
        source = sources.get(db, actor, uuid, locked=True)
        source.retired_at, source.next_at, source.secret = now(), None, None
        source.version += 1
        _record(db, actor, "source.retire", source)


def _view(source: Source, programme: Programme) -> SourceView:
    try:
        known = tuple(sorted(secrets.decrypt(source.secret)))
    except secrets.SecretsUnreadable:
        known = ()
    return SourceView(
        source.uuid, source.version, source.name, source.kind, programme.code, source.dataset,
        source.status,
        source.options, known, source.timetable, source.next_at, source.publishes, source.limits,
        source.paused and Words.unpack(source.paused), source.cursor, source.mapping is not None,
        source.retired_at,
    )  # fmt: skip


def _record(db: Session, actor: Actor, action: str, source: Source, **details: object) -> None:
    audit.record_act(db, actor.name, action, f"source:{source.uuid}", **details)


def _encrypted(
    connector: Connector, known: Mapping[str, str], given: Mapping[str, str]
) -> str | None:
    if unknown := sorted(set(given) - set(connector.secret_names)):
        raise InvalidInput(
            "This kind of source has no secret “{name}”. It has: {names}.",
            name=unknown[0],
            names=", ".join(connector.secret_names),
        )
    values = {name: value for name, value in {**known, **given}.items() if value}
    return secrets.encrypt(values) if values else None


def _timetable(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return Timetable.from_json(entry).to_json() if entry else None


def _next(entry: Mapping[str, Any] | None) -> datetime | None:
    return next_at(entry, now(), read_settings().timezone)


def _limits(entry: Mapping[str, Any]) -> dict[str, Any]:
    share = entry.get("held_share", HELD_SHARE)
    if set(entry) - {"held_share"} or not isinstance(share, int) or share not in range(101):
        raise InvalidInput("The share of rows held back is a percentage from 0 to 100.")
    return {"held_share": share}


def _clean(text: str, what: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said or len(said) > longest:
        raise InvalidInput("Give a {what} of at most {most} letters.", what=what, most=longest)
    return said
