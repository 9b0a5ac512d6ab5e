"""What a merge changed, noted as imports note theirs: both people, their keys and the household."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.domain.fields import IDENTIFIER_PREFIX, Relationship
from core.storage.acts import batches
from core.storage.columns import LOCATION
from core.storage.merging.merge_plan import HomeFate, Plan


def note(db: Session, plan: Plan, batch_id: int) -> None:
    """Note what changed in both and in the household, as imports do."""
    survivor, duplicate = plan.survivor, plan.duplicate
    gained: dict[str, list[Any]] = {"merged_from": [None, duplicate.row.registration_no]}
    for name, value in plan.taken.items():
        gained[name] = [_plain(survivor.values.get(name)), _plain(value)]
    if plan.moves:
        gained["location"] = [_code(db, one.row.location_id) for one in (survivor, duplicate)]
    given: dict[str, list[Any]] = {}
    for number in duplicate.numbers:
        given.setdefault(IDENTIFIER_PREFIX + number.type, []).append(number.value)
    numbers = {name: ", ".join(values) for name, values in given.items()}
    lost: dict[str, list[Any]] = {"merged_into": [None, survivor.row.registration_no]}
    _note_pair(db, batch_id, "person", survivor.id, gained | _swap(numbers))
    _note_pair(db, batch_id, "person", duplicate.id, lost | _swap(numbers, gives=True))
    keys = {f"{space}/{key}": digest for space, key, digest in duplicate.keys}
    _note_pair(db, batch_id, "source_key", survivor.id, _swap(keys))
    _note_pair(db, batch_id, "source_key", duplicate.id, _swap(keys, gives=True))
    _note_home(db, plan, batch_id)


def _note_home(db: Session, plan: Plan, batch_id: int) -> None:
    own, home = plan.survivor.home, plan.duplicate.home
    if home is None:
        return
    place = {
        "household": home.household_id,
        "is_head": home.is_head,
        "relationship": home.relationship,
    }
    survivor, duplicate = plan.survivor.id, plan.duplicate.id
    _note_pair(db, batch_id, "membership", duplicate, _swap(place, gives=True))
    if plan.home is HomeFate.PASSES:
        _note_pair(db, batch_id, "membership", survivor, _swap(place))
    if plan.home is HomeFate.LEADS and own is not None:
        led: dict[str, list[Any]] = {
            "is_head": [False, True],
            "relationship": [own.relationship, Relationship.HEAD],
        }
        _note_pair(db, batch_id, "membership", survivor, led)
    if plan.size is not None:
        sizes = {"size": [home.size, plan.size]}
        _note_pair(db, batch_id, "household", home.household_id, sizes)


def _swap(values: Mapping[str, object], *, gives: bool = False) -> dict[str, list[Any]]:
    """Return values as changes of who gets them, or of who `gives` them away."""
    filled = {name: value for name, value in values.items() if value is not None}
    return {name: [value, None] if gives else [None, value] for name, value in filled.items()}


def _note_pair(
    db: Session, batch_id: int, entity: str, key: int, diff: Mapping[str, list[Any]]
) -> None:
    if diff:
        batches.note_changed(db, batch_id, entity, {key: diff})


def _code(db: Session, location_id: int) -> str:
    found = select(LOCATION.code).where(LOCATION.id == location_id)
    return str(db.execute(found).scalar_one())


def _plain(value: object) -> object:
    """Return a value as changes keep it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
