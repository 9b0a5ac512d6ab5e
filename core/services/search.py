"""Finding people by name, registration number, identifier or phone."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.domain.fields import Status
from core.domain.identifiers import search_forms
from core.domain.numbers import read_number
from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput
from core.search import open_index
from core.search.ranking import Query
from core.storage import lookups
from core.storage.audit import record_access
from core.storage.database import Session, reading

LONGEST_TEXT, MOST_HITS = 200, 100
_SHORTEST_PHONE = 6
_PHONE = re.compile(r"[+(]?\d[\d\s().\-/]*")
_SPARE = 3  # candidates asked for each hit wanted: the door may turn some away


@dataclass(frozen=True)
class Hit:
    """A person found. `why` is a stable code: registration_no, identifier, phone, exact_name,
    name_starts_with, sounds_like, one_letter_apart, two_letters_apart. `enrolments` are open ones
    the actor may see, as "CODE:STATUS"."""

    uuid: UUID
    registration_no: str
    name: str
    enrolments: list[str]
    why: str


def find(actor: Actor, text: str, status: Status | None = None, limit: int = 20) -> list[Hit]:
    """Return the people whom `text` names, best first, only those the actor may see.

    Every character is taken as it stands: there is no query language. The access log gets the
    length of the text and the people found, never the text.
    """
    require(actor, Permission.SEE_PEOPLE)
    wanted = unicodedata.normalize("NFKC", text).strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(
            "A search text has at most {most} characters. Shorten it.", most=LONGEST_TEXT
        )
    if not 1 <= limit <= MOST_HITS:
        raise InvalidInput("A search shows between 1 and {most} people.", most=MOST_HITS)
    if not wanted:
        return []
    with reading() as db:
        reasons = _by_number(db, actor, wanted)
    if not reasons:
        query = Query(wanted, actor, status, min(limit * _SPARE, MOST_HITS * _SPARE))
        reasons = {found.person_id: found.why for found in open_index().find(query)}
    hits = _through_the_door(actor, reasons, status)[:limit]
    found = [str(hit.uuid) for hit in hits]
    record_access(actor.name, "search", None, length=len(text), found=found)
    return hits


def _by_number(db: Session, actor: Actor, text: str) -> dict[int, str]:
    """Return the people who carry `text` as a number of some kind, with the kind as the reason."""
    running = read_number(text)
    if running is not None and text[:1].upper() == "P":
        return dict.fromkeys(lookups.find_by_id(db, actor, running), "registration_no")
    forms = search_forms(text)
    people = lookups.find_by_identifier(db, actor, forms) if forms else []
    if people:
        return dict.fromkeys(people, "identifier")
    digits = "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())
    if _PHONE.fullmatch(text) and len(digits) >= _SHORTEST_PHONE:
        return dict.fromkeys(lookups.find_by_phone(db, actor, digits), "phone")
    return {}


def _through_the_door(actor: Actor, reasons: Mapping[int, str], status: Status | None) -> list[Hit]:
    """Read the candidates anew inside the actor's grants; the index is never believed."""
    if not reasons:
        return []
    with reading() as db:
        people = lookups.read_found(db, actor, list(reasons), status)
    return [
        Hit(seen.uuid, seen.registration_no, seen.name, list(seen.enrolments), why)
        for person_id, why in reasons.items()
        if (seen := people.get(person_id))
    ]
