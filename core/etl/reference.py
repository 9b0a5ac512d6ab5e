"""The step that finds the places of rows: texts of place columns become nodes of the area tree."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rapidfuzz import fuzz, process

from core.domain.names import fold_name
from core.etl.columns.headers import slug
from core.etl.rows import PLACES, Checked, Severity, all_issues, issue_frame

UNASSIGNED = 2
"""The node for rows without a known place."""
_NO_PATH = f"1/{UNASSIGNED}/"
_ALIKE = 65
"""How alike, in per cent, a name must be to be proposed."""


class Node(Protocol):
    """What this step needs to know of a place."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True)
class Found:
    """The place of one combination of texts, or the rule it breaks and the field that does."""

    location_id: int
    rule: str = ""
    field: str = ""
    value: str = ""


@dataclass(frozen=True)
class Proposal:
    """A place that a text may mean, the names above it (the nearest first), and how alike it is
    (100 where the name is the same)."""

    node: Node
    above: tuple[str, ...]
    percent: float


@dataclass
class Gazetteer:
    """The area tree by code and by folded name, and the answers given so far.

    `strict` says that an unknown text is a mistake; otherwise no text of the file is known and
    every row goes to the unassigned node.
    """

    scopes: Sequence[str]
    strict: bool = True
    by_code: dict[str, Node] = field(default_factory=dict)
    by_name: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[int, Node] = field(default_factory=dict)
    answers: dict[tuple[object, ...], Found] = field(default_factory=dict)

    def add(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.by_id[node.id] = node
            self.by_code[fold(node.code)] = node
            self.by_name[fold(node.name)].append(node)

    def knows(self, text: object) -> bool:
        """Say whether a text is the code or the name of any place."""
        folded = fold(text)
        return folded in self.by_code or folded in self.by_name

    def settle(self, texts: Iterable[str]) -> bool:
        """Decide `strict` from the texts of a file's place columns and return it: one known text,
        or none at all, makes it strict. Reads no further than the first known one."""
        unknown = False
        for text in texts:
            if self.knows(text):
                return True
            unknown = True
        self.strict = not unknown
        return self.strict

    def suggest(self, text: str, above: Sequence[str] = (), limit: int = 5) -> list[Proposal]:
        """Return the places that a text may mean, the likeliest first, each with those above it.

        Only places inside the importer's areas are named and, where `above` names known areas,
        only those inside the last of them. One of several equals is for a person to choose.
        """
        within = self._area(above)
        inside = [
            (name, node)
            for name, nodes in self.by_name.items()
            for node in nodes
            if node.path.startswith(tuple(self.scopes))
            and (within is None or (node.path.startswith(within.path) and node is not within))
        ]
        found = process.extract(
            fold(text),
            [name for name, _ in inside],
            scorer=fuzz.ratio,
            limit=limit,
            score_cutoff=_ALIKE,
        )
        return [
            Proposal(inside[at][1], self._above(inside[at][1]), score) for _, score, at in found
        ]

    def _area(self, texts: Sequence[str]) -> Node | None:
        """Return the last of the areas that texts name one inside the other, as far as known."""
        within: Node | None = None
        for text in texts:
            node = self._step("location", fold(text), within)
            within = within if isinstance(node, str) else node
        return within

    def _above(self, node: Node) -> tuple[str, ...]:
        """Return the names of the places above one, the nearest first."""
        ids = [int(part) for part in node.path.strip("/").split("/")]
        return tuple(self.by_id[one].name for one in reversed(ids[:-1]) if one in self.by_id)

    def find(self, texts: tuple[object, ...]) -> Found:
        """Return the place of one row's texts, given in the order of PLACES."""
        if texts not in self.answers:
            self.answers[texts] = self._find(texts)
        return self.answers[texts]

    def _find(self, texts: tuple[object, ...]) -> Found:
        filled = [(name, text) for name, text in zip(PLACES, texts, strict=True) if fold(text)]
        within: Node | None = None
        for name, text in filled if self.strict else ():
            node = self._step(name, fold(text), within)
            if isinstance(node, str):
                return Found(UNASSIGNED, node, name, str(text))
            within = node
        path = within.path if within else _NO_PATH
        if any(path.startswith(scope) for scope in self.scopes):
            return Found(within.id if within else UNASSIGNED)
        last = filled[-1] if filled else ("location", "")
        rule = "place_outside_grant" if within else "place_missing"
        return Found(UNASSIGNED, rule, last[0], str(last[1]))

    def _step(self, name: str, text: str, within: Node | None) -> "Node | str":
        """Return the node that `text` names below `within`, or the rule that it breaks."""
        candidates = [self.by_code[text]] if text in self.by_code else self.by_name.get(text, [])
        if within:
            candidates = [node for node in candidates if node.path.startswith(within.path)]
        if not candidates:
            return "unknown_place"
        level = name.removeprefix("location.")
        named = [node for node in candidates if str(node.level) == level]
        candidates = sorted(named or candidates, key=lambda node: node.level)
        # A capital, its district and its quarter may share a name: the widest claims least.
        if all(node.path.startswith(candidates[0].path) for node in candidates):
            return candidates[0]
        return "ambiguous_place"


def fold(text: object) -> str:
    """Fold a place's name or code for comparing: case, accents and spacing do not count."""
    return fold_name(text) if isinstance(text, str) else ""


def place(checked: Checked, gazetteer: Gazetteer, headers: Mapping[str, str]) -> Checked:
    """Return the batch with a location_id for each row and the issues of its place columns.

    `headers` gives the file's header of each place field. Where no place of the file is known, its
    texts stay with the row as attributes.
    """
    frame = checked.frame
    texts = [
        frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in PLACES
    ]
    found = [gazetteer.find(row) for row in zip(*texts, strict=True)]
    frame = frame.assign(location_id=[one.location_id for one in found])
    if not gazetteer.strict:
        kept = zip(frame["attributes"], *texts, strict=True)
        frame["attributes"] = [_keep(row, headers) for row in kept]
    issues = [checked.issues]
    wrong = [(row, one) for row, one in zip(frame["row"], found, strict=True) if one.rule]
    for rule, name in sorted({(one.rule, one.field) for _, one in wrong}):
        these = [(row, one.value) for row, one in wrong if (one.rule, one.field) == (rule, name)]
        issues.append(
            issue_frame(
                [row for row, _ in these],
                rule,
                Severity.CRITICAL,
                column=headers.get(name, ""),
                field=name,
                values=[value for _, value in these],
            )
        )
    return Checked(frame, all_issues(issues))


def _keep(row: tuple[object, ...], headers: Mapping[str, str]) -> str:
    attributes, *texts = row
    kept = json.loads(attributes) if isinstance(attributes, str) else {}
    for name, text in zip(PLACES, texts, strict=True):
        if text and name in headers:
            kept[slug(headers[name])] = text
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)
