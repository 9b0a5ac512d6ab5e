"""New rows and known people side by side: who is to be compared, who a number belongs to."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import and_, func, select, text, tuple_
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.models import Identifier, ImportRow, Location, Person, RowIssue
from core.storage.columns import IDENTIFIER, LOCATION, PERSON
from core.storage.importing.places import UNASSIGNED
from core.storage.importing.publish import Publication
from core.storage.selection import Clause, people_in_scope

RULE = "possible_duplicate"
_LEVEL = 2
"""Birth dates, phones and addresses are compared: they are of this field level."""
_One = TypeVar("_One", int, str)
_ISSUE, _ROW = (cast(Any, model).__table__.c for model in (RowIssue, ImportRow))


class Known(NamedTuple):
    """A person to compare with, or to show as a candidate."""

    id: int
    registration_no: str
    full_name: str
    sex: str
    birth_date: object
    birth_precision: str | None
    phone: str | None
    email: str | None
    address: str | None
    location_id: int | None
    place: str | None


def reach(actor: Actor) -> Clause:
    """Return the condition over Person: whom the actor may be shown as somebody's double."""
    return and_(
        people_in_scope(actor, Permission.IMPORT, _LEVEL),
        people_in_scope(actor, Permission.SEE_PEOPLE, _LEVEL),
        PERSON.merged_into_id.is_(None),
    )


def count_people(db: Session) -> int:
    """Return about how many people would be compared with: all there are."""
    return int(db.execute(select(func.count()).select_from(PERSON.id.table)).scalar_one())


_KNOWN = (
    PERSON.id,
    PERSON.registration_no,
    PERSON.full_name,
    PERSON.sex,
    PERSON.birth_date,
    PERSON.birth_precision,
    PERSON.phone,
    PERSON.email,
    PERSON.address,
    func.nullif(PERSON.location_id, UNASSIGNED),
    LOCATION.name,
)


def _known(actor: Actor) -> Any:  # noqa: ANN401 - a Select of many columns
    joined = select(*_KNOWN).join_from(
        cast(Any, Person).__table__,
        cast(Any, Location).__table__,
        LOCATION.id == PERSON.location_id,
    )
    return joined.where(reach(actor))


def stream_people(db: Session, actor: Actor) -> Iterator[Known]:
    """Yield everybody the actor may be shown, a few thousand in memory."""
    with closing(db.execute(_known(actor).execution_options(yield_per=5_000))) as rows:
        yield from (Known(*row) for row in rows)


def find_people(db: Session, actor: Actor, numbers: Collection[str]) -> list[Known]:
    """Return the people with these registration numbers whom the actor may be shown."""
    found = db.execute(_known(actor).where(PERSON.registration_no.in_(numbers)))
    return [Known(*row) for row in found]


def find_owners(db: Session, actor: Actor, identifiers: Iterable[tuple[str, str]]) -> list[Known]:
    """Return the people to whom (type, normalised) identifiers belong, if they may be shown."""
    wanted = tuple_(IDENTIFIER.type, IDENTIFIER.normalised).in_(list(identifiers))
    owners = select(IDENTIFIER.person_id).select_from(cast(Any, Identifier).__table__)
    query = _known(actor).where(PERSON.id.in_(owners.where(wanted))).order_by(PERSON.id)
    return [Known(*row) for row in db.execute(query)]


_FRESH = (
    "s.row_no, s.full_name, s.sex, s.birth_date, s.birth_precision, s.phone, s.email, s.address, "
    f"NULLIF(s.location_id, {UNASSIGNED}) AS place, s.household AS home"
)


def _is_fresh(publication: Publication) -> str:
    stage = publication.stage
    return (
        f"NOT EXISTS (SELECT 1 FROM {stage.preview} t WHERE t.n = s.n) "  # noqa: S608
        "AND NOT EXISTS (SELECT 1 FROM source_key k WHERE k.space_id = :space AND k.key = s.key)"
    )


def read_fresh(db: Session, publication: Publication, limit: int) -> list[dict[str, Any]] | None:
    """Return the staged rows that would become new people, None where they are more than `limit`.

    Needs what preview.foresee kept.
    """
    fresh = f"FROM {publication.stage.rows} s WHERE {_is_fresh(publication)}"
    values = {"space": publication.spaces.person, "limit": limit + 1}
    some = f"SELECT count(*) FROM (SELECT 1 {fresh} LIMIT :limit) f"  # noqa: S608
    if int(db.execute(text(some), values).scalar_one()) > limit:
        return None
    rows = db.execute(text(f"SELECT {_FRESH} {fresh} ORDER BY s.n"), values)
    return [dict(row) for row in rows.mappings()]


_STAGED = (
    "s.row_no AS id, '' AS registration_no, s.full_name, s.sex, s.birth_date, s.birth_precision, "
    "s.phone, s.email, s.address, s.location_id, l.name AS place"
)


def staged_of(db: Session, publication: Publication, rows: Collection[int]) -> dict[int, Known]:
    """Return staged rows as the check left them, by row number; nobody has a number yet."""
    numbers = ", ".join(str(int(row)) for row in rows)
    found = db.execute(
        text(
            f"SELECT {_STAGED} FROM {publication.stage.rows} s LEFT JOIN location l "  # noqa: S608
            f"ON l.id = s.location_id AND l.id <> {UNASSIGNED} "
            f"WHERE s.row_no IN ({numbers or 'NULL'})"
        )
    )
    return {int(row.id): Known(*row) for row in found}


def weighed(db: Session, run_id: int) -> Iterator[tuple[int, str]]:
    """Yield the rows of a run that have candidates, each with what the search kept about it."""
    query = select(_ISSUE.row_no, _ISSUE.value).where(_ISSUE.run_id == run_id, _ISSUE.rule == RULE)
    for row in db.execute(query.order_by(_ISSUE.row_no)):
        yield int(row.row_no), row.value or ""


def within_reach(db: Session, actor: Actor, numbers: Collection[str]) -> set[str]:
    """Return which of these registration numbers are people whom the actor may be shown."""
    found: set[str] = set()
    for some in batched(sorted(numbers), 10_000):
        query = select(PERSON.registration_no).where(PERSON.registration_no.in_(some))
        found.update(db.execute(query.where(reach(actor))).scalars())
    return found


def issues_of(db: Session, run_id: int, row_no: int, rules: Sequence[str]) -> list[tuple[str, str]]:
    """Return (rule, value) of what a row breaks among some rules."""
    query = select(_ISSUE.rule, _ISSUE.value).where(
        _ISSUE.run_id == run_id, _ISSUE.row_no == row_no, _ISSUE.rule.in_(rules)
    )
    return [(row.rule, row.value or "") for row in db.execute(query.order_by(_ISSUE.id))]


def rows_to_decide(
    db: Session, run_id: int, rules: Sequence[str], after: int, size: int
) -> list[int]:
    """Return the numbers of rows that break one of these rules, beyond `after`."""
    query = select(_ISSUE.row_no).where(
        _ISSUE.run_id == run_id, _ISSUE.rule.in_(rules), _ISSUE.row_no > after
    )
    return list(db.execute(query.distinct().order_by(_ISSUE.row_no).limit(size)).scalars())


def raw_of(db: Session, run_id: int, row_no: int) -> dict[str, str]:
    """Return a held row as read, by header; empty where the row is not held."""
    query = select(_ROW.raw).where(_ROW.run_id == run_id, _ROW.row_no == row_no)
    return dict(db.execute(query).scalar() or {})


def numbers_of(db: Session, ids: Collection[int]) -> dict[int, str]:
    """Return registration numbers by id."""
    found: dict[int, str] = {}
    for some in batched(sorted(ids), 10_000):
        query = select(PERSON.id, PERSON.registration_no).where(PERSON.id.in_(some))
        found |= {row.id: row.registration_no for row in db.execute(query)}
    return found


def batched(ids: Sequence[_One], size: int) -> Iterator[Sequence[_One]]:
    """Yield parts of a list that one statement can name."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
