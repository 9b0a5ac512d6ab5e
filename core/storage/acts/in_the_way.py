"""What keeps an act from being taken back, told shortly: equal obstacles once, with a few names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.domain.permissions import Actor, Permission
from core.storage.acts.obstacles import Obstacle
from core.storage.columns import ENROLMENT, PERSON
from core.storage.selection import people_in_scope

NAMED = 3
"""So many subjects of equal obstacles are named."""
_SEARCHED = 200
"""So many are looked through for some whom the actor may see."""

Told = dict[str, Any]
"""Equal obstacles as JSON keeps them: `entity`, `why`, the later act (`batch`, `kind`, `actor`),
`count` of the subjects, and the registration `numbers` of the first few."""


def group(db: Session, actor: Actor, found: Sequence[Obstacle]) -> list[Told]:
    """Put equal obstacles together, the most frequent first, with a few people whom the actor may
    see by their numbers."""
    alike: dict[tuple[object, ...], list[Obstacle]] = {}
    for one in found:
        alike.setdefault((one.entity, one.why, one.batch), []).append(one)
    heads = {key: list(_subjects(same))[:_SEARCHED] for key, same in alike.items()}
    owners = _find_people(db, (one for some in heads.values() for one in some))
    numbers = _find_numbers(db, actor, set(owners.values()))
    told = []
    for key, same in alike.items():
        people = dict.fromkeys(owners[one] for one in heads[key] if one in owners)
        told.append(_tell(same, [numbers[one] for one in people if one in numbers][:NAMED]))
    return sorted(told, key=lambda one: -int(one["count"]))


_Subject = tuple[str, int | str]


def _subjects(same: Iterable[Obstacle]) -> dict[_Subject, None]:
    """Return whom obstacles are about, each once, in their order."""
    return dict.fromkeys(_subject(one) for one in same)


def _subject(one: Obstacle) -> _Subject:
    """An enrolment moved twice since is one; a household's is named by its person."""
    if one.enrolment_id is not None:
        return "enrolment", one.enrolment_id
    if one.person_id is not None:
        return "person", one.person_id
    return one.entity, one.entity_id


def _find_people(db: Session, subjects: Iterable[_Subject]) -> Mapping[_Subject, int]:
    """Return the people behind subjects, as far as there are any."""
    wanted = list(subjects)
    enrolments = [key for entity, key in wanted if entity == "enrolment"]
    found: dict[_Subject, int] = {one: int(one[1]) for one in wanted if one[0] == "person"}
    query = select(ENROLMENT.id, ENROLMENT.person_id).where(ENROLMENT.id.in_(enrolments))
    if enrolments:
        found |= {("enrolment", key): person for key, person in db.execute(query)}
    return found


def _find_numbers(db: Session, actor: Actor, people: set[int]) -> Mapping[int, str]:
    if not people:
        return {}
    query = select(PERSON.id, PERSON.registration_no).where(
        PERSON.id.in_(people), people_in_scope(actor, Permission.SEE_PEOPLE)
    )
    return {key: number for key, number in db.execute(query)}


def _tell(same: Sequence[Obstacle], numbers: Sequence[str]) -> Told:
    first = same[0]
    return {
        "entity": first.entity,
        "why": str(first.why),
        "kind": first.kind,
        "actor": first.actor,
        "batch": first.batch and str(first.batch),
        "count": len(_subjects(same)),
        "numbers": list(numbers),
    }
