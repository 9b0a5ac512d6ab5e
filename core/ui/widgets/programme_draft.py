"""The draft of a programme's design: this tab's until it is put in force in one go."""

import json
from dataclasses import dataclass
from typing import Any

from core.domain.permissions import Actor
from core.domain.programme_design import FIELD_NAMES, Design, find_fault, from_json
from core.errors import RegistryError
from core.services.programmes import Details, Effect
from core.text import language
from core.ui import session
from core.ui.widgets.programme_words import PARTS

Document = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A programme as it is and as it would be; `turn` begins all fields anew."""

    actor: Actor
    seen: Details
    turn: int
    document: Document

    @property
    def key(self) -> str:
        """The beginning of the keys of widgets."""
        return f"programme_{self.seen.code}_{self.seen.version}_{self.turn}"

    @property
    def choice(self) -> str:
        """The same for what is chosen in words: in another language they are none of it."""
        return f"{self.key}_{language()}"

    def keep(self, name: str, value: object) -> None:
        """Take a part of the design as it is filled in, whether it fits or not."""
        if self.document[name] != value:
            self.document[name] = value
            session.remember(_name(self.seen.code), (self.seen.version, self.turn, self.document))

    def read(self) -> Design:
        """Return the design as it would be; raises InvalidInput and InvalidCriteria."""
        return from_json(self.document)

    def faults(self) -> list[tuple[str, RegistryError]]:
        """Return what is wrong with the parts, each by its name, in the order of the form."""
        found = ((name, find_fault(name, self.document[name])) for name in PARTS)
        return [(name, error) for name, error in found if error is not None]

    def changed(self) -> list[str]:
        """Return the names of the parts that differ, also of those that do not fit yet."""
        before = self.seen.design.to_json()
        return [name for name in FIELD_NAMES if _part(before, name) != _part(self.document, name)]

    def drop(self) -> None:
        """Put the changes aside."""
        begun = (self.seen.version, self.turn + 1, None)
        session.remember(_name(self.seen.code), begun)

    def forget(self) -> None:
        """Drop the draft: it is in force."""
        session.forget(_name(self.seen.code))

    def remember_look(self, effects: list[Effect]) -> None:
        """Keep what the draft as it stands now would mean."""
        session.remember(f"{self.key}_look", (json.dumps(self.document), effects))

    def recall_look(self) -> list[Effect] | None:
        """Return what the draft would mean, if it is as it was when it was looked at."""
        document, effects = session.recall(f"{self.key}_look") or (None, None)
        return effects if document == json.dumps(self.document) else None


def _part(document: Document, name: str) -> Any:  # noqa: ANN401 - a value of JSON
    """Return a part to compare: the order of the moves says nothing."""
    if name != "moves":
        return document[name]
    return sorted(document[name], key=lambda move: (move["before"], move["after"]))


def _name(code: str) -> str:
    return f"programme_draft_{code}"


def open_draft(actor: Actor, seen: Details) -> tuple[Draft, bool]:
    """Return the draft of a programme, and whether another one was put aside because somebody has
    changed the programme in between."""
    version, turn, document = session.recall(_name(seen.code)) or (seen.version, 0, None)
    stale = version != seen.version and document is not None
    if stale:
        session.remember(_name(seen.code), (seen.version, turn + 1, None))
    if stale or document is None:
        document = seen.design.to_json()
    return Draft(actor, seen, turn, document), stale
