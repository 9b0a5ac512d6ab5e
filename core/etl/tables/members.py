"""Wide files: which groups of columns (child1_name, child1_dob …) describe one member each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.etl.columns.headers import aliases, words
from core.etl.tables.shapes import MEMBER_HEADER, Unpivot
from core.etl.values.codes import meanings

_NUMBERED = re.compile(r"^(?P<before>.*?)(?P<number>\d{1,2})(?P<after>.*)$")
_NAMES = frozenset({"full_name", "given_name", "family_name"})
_PEOPLE = frozenset({"sex", "birth_date", "age", "relationship_to_head", "national_id"})
_HEADS = frozenset(
    {
        *("head", "hoh", "hh head", "head of household", "household head", "respondent", "hhh"),
        *("chef", "chef de menage", "cm", "jefe", "jefe de hogar", "chefe", "mother", "father"),
        *("spouse", "conjoint", "husband", "wife", "mere", "pere", "madre", "padre", "parent"),
    }
)
_OWN = frozenset(
    {
        *_NAMES,
        *("middle_name", "sex", "birth_date", "age", "national_id", "person_id"),
        *("marital_status", "disability_status", "relationship_to_head", "id_type"),
    }
)
"""Facts of one person, which must not be repeated to the other members of the row."""
RELATIONSHIP = "Relationship"


@dataclass(frozen=True)
class _Column:
    """A header of a numbered group: whose it is (`child`), which one (1), what it says (`name`)."""

    header: str
    who: str
    number: str
    what: str


def propose_unpivot(headers: Sequence[str]) -> Unpivot | None:
    """Return the groups of numbered columns that hold people, with the head of the row if the
    same facts stand there without a number; None where there are none."""
    numbered = [column for header in headers if (column := _numbered(header))]
    people = [
        who for who in dict.fromkeys(one.who for one in numbered) if _is_people(who, numbered)
    ]
    if not people:
        return None
    kept = [column for column in numbered if column.who in people]
    facts = dict.fromkeys(column.what for column in kept)
    plain = [header for header in headers if all(header != one.header for one in numbered)]
    groups, labels = _heads(plain, list(facts))
    for who in people:
        for number in dict.fromkeys(one.number for one in kept if one.who == who):
            mine = [one for one in kept if (one.who, one.number) == (who, number)]
            groups.append({one.header: one.what for one in mine})
            labels.append(f"{who} {number}".strip())
    taken = {header for group in groups for header in group}
    clash = {h for h in headers if h not in taken} & {new for g in groups for new in g.values()}
    groups = [{old: _named(new, clash) for old, new in group.items()} for group in groups]
    told, header = _relationships(labels, groups, headers)
    return Unpivot(tuple(groups), tuple(told), header)


def _numbered(header: str) -> _Column | None:
    """Split `child1_name`, `Child 1 / Name`, `name_child_1` and `Name (2)`."""
    found = _NUMBERED.match(header)
    if not found:
        return None
    before, after = words(found["before"]), words(found["after"].lstrip(") /_-.:"))
    number = str(int(found["number"]))
    if before and after:
        return _Column(header, before, number, after)
    for cut in range(1, len(parts := before.split())):
        what, who = " ".join(parts[:cut]), " ".join(parts[cut:])
        if aliases().of(what):
            return _Column(header, who, number, what)
    return None


def _is_people(who: str, numbered: Sequence[_Column]) -> bool:
    """At least two of them, each with a name and one more fact."""
    mine = [column for column in numbered if column.who == who]
    whole = [
        number
        for number in {column.number for column in mine}
        if _has_name([one.what for one in mine if one.number == number])
    ]
    return len(whole) >= 2


def _has_name(facts: Sequence[str]) -> bool:
    """A place has a name too, but neither a sex nor an age."""
    fields = {name for fact in facts for name in aliases().of(fact)}
    return bool(fields & _NAMES) and bool(fields & _PEOPLE)


def _heads(plain: Sequence[str], facts: Sequence[str]) -> tuple[list[dict[str, str]], list[str]]:
    """The groups without a number: `head_name` beside `child1_name`, or simply `name`."""
    groups: list[dict[str, str]] = []
    labels: list[str] = []
    fields = {name: fact for fact in facts for name in aliases().of(fact)[:1]}
    for who in sorted(_HEADS):
        mine = {}
        for header in plain:
            own = words(header)
            fact = own.removeprefix(f"{who} ") if own.startswith(f"{who} ") else ""
            if fact:
                mine[header] = _same_fact(fact, facts, fields) or fact
        if _has_name(list(mine.values())):
            groups.append(mine)
            labels.append(who)
    if not groups:
        mine = {}
        for header in plain:
            about = aliases().of(header)[:1]
            if about and about[0] in _OWN:
                mine[header] = _same_fact(words(header), facts, fields) or words(header)
        if _has_name(list(mine.values())):
            groups.append(mine)
            labels.append("head")
    return groups, labels


def _same_fact(fact: str, facts: Sequence[str], fields: dict[str, str]) -> str | None:
    """What the members' column with the same meaning is called: `dob` for `date of birth`."""
    if fact in facts:
        return fact
    return next((fields[name] for name in aliases().of(fact)[:1] if name in fields), None)


def _named(fact: str, taken: set[str]) -> str:
    return f"member {fact}" if fact in taken else fact


def _relationships(
    labels: Sequence[str], groups: Sequence[dict[str, str]], headers: Sequence[str]
) -> tuple[list[str], str]:
    """Say `head` and `child` where the labels are known relationships, else keep the labels."""
    own = {new for group in groups for new in group.values()}
    known = any("relationship_to_head" in aliases().of(name) for name in [*own, *headers])
    plain = [re.sub(r" ?\d+$", "", label) for label in labels]
    words_known = meanings("relationship_to_head", set(plain), {})
    if not known and all(label in words_known for label in plain):
        return plain, RELATIONSHIP
    return list(labels), MEMBER_HEADER
