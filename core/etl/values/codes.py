"""Words for codes, yes and no: what each distinct value of a column means, digits never guessed."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from core.domain.fields import FIELDS, WASHINGTON_GROUP
from core.etl.columns.headers import plain

ALIASES = Path(__file__).parents[3] / "data" / "value_aliases.csv"
NO_ANSWER = "no answer"
"""A value that says that nothing is known (don't know, refused, not specified): kept as blank."""
_CROSSES = frozenset("✗✘☒❌")
_RENAMED = {"annulled": "OTHER", "not_specified": NO_ANSWER, "unmarried_unknown": NO_ANSWER}
_COMPANY = (
    ({"masculin", "feminin", "homme", "femme"}, {"h": "MALE", "m": "MALE", "f": "FEMALE"}),
    ({"male", "female"}, {"m": "MALE", "f": "FEMALE"}),
    ({"hombre", "mujer"}, {"h": "MALE", "m": "FEMALE"}),
    ({"homem", "mulher"}, {"h": "MALE", "m": "FEMALE"}),
)
"""What single letters are short for in a column where one of these words stands too."""
_DIFFICULTY = {
    "no_difficulty": "1",
    "some_difficulty": "2",
    "a_lot_of_difficulty": "3",
    "cannot_do": "4",
    "dont_know": NO_ANSWER,
    "refused": NO_ANSWER,
}


def fold(value: str) -> str:
    """The form in which values are compared: case, accents, `_`, `-` and spaces do not count."""
    return " ".join(plain(value).replace("_", " ").replace("-", " ").split()) or value.strip()


def meanings(field: str, distinct: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Map each value that is understood to its code, `true` or `false`, digit or NO_ANSWER.

    `distinct` are all values of the column: `H` is a man beside `F` only, `0` and `1` are no and
    yes when there is nothing else. `chosen` (value to code) is a person's word and comes first.
    """
    values = list(distinct)
    known = dict(_known(field))
    folded = {fold(value) for value in values} - {""}
    if field == "sex":
        _tell_letters(known, folded)
    if field in {"disability", "is_head"}:
        _tell_marks(known, folded)
    said = {fold(raw): code or NO_ANSWER for raw, code in chosen.items()}
    found = {value: said.get(fold(value), known.get(fold(value))) for value in values}
    return {value: code for value, code in found.items() if code is not None}


def beside(field: str, distinct: Iterable[str]) -> dict[str, str]:
    """Return what letters probably mean beside the words that stand in the same column: `H` and
    `M` are both men beside Masculin, a man and a woman beside Hombre. An offer, never in force."""
    if field != "sex":
        return {}
    folded = {fold(value) for value in distinct}
    fits = [letters for spoken, letters in _COMPANY if spoken & folded]
    return dict(fits[0]) if len(fits) == 1 else {}


def _tell_letters(known: dict[str, str], folded: set[str]) -> None:
    """`H` is homme or hombre beside `F`; alone it may be hembra, and beside `M` nothing is sure."""
    if {"h", "f"} <= folded and "m" not in folded:
        known["h"] = "MALE"
    if {"h", "m"} <= folded:
        known.pop("m", None)


def _tell_marks(known: dict[str, str], folded: set[str]) -> None:
    """`0` and `1`, `s` and a cross say yes or no only where the rest of the column agrees."""
    if folded <= {"0", "1"}:
        known.update({"0": "false", "1": "true"})
    if {"s", "n"} <= folded:
        known["s"] = "true"
    others = folded - {"x"}
    if any(known.get(one) == "true" for one in others) or others & _CROSSES:
        known.pop("x", None)  # beside another yes, or another cross, it may well mean no
        if "x" in folded:
            known.pop("o", None)


@cache
def _known(field: str) -> dict[str, str]:
    if field in WASHINGTON_GROUP:
        return {alias: _DIFFICULTY[name] for alias, name in _aliases("wg_any").items()}
    if field in {"disability", "is_head"}:
        answers = _aliases("yes_no") | (
            _aliases("disability_status") if field == "disability" else {}
        )
        found = {alias: "true" if name == "yes" else "false" for alias, name in answers.items()}
    else:
        codes = FIELDS[field].codes or ()
        names = {code.name for code in codes} | {NO_ANSWER}
        found = {fold(name): name for name in names - {NO_ANSWER}}
        for alias, name in _aliases(field).items():
            code = _RENAMED.get(name, name.upper())
            if code in names:
                found[alias] = code
    return {alias: code for alias, code in found.items() if not alias.isdigit()}


@cache
def _aliases(field: str) -> dict[str, str]:
    with ALIASES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {fold(row["value"]): row["canonical"] for row in rows if row["field"] == field}


def vocabulary(field: str) -> dict[str, str]:
    """Return every word known for a field of codes, without accents and signs, and its code."""
    return {" ".join(sorted(set(word.split()))): code for word, code in _known(field).items()}
