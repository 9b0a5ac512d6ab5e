"""Typed values from distinct texts: dates, codes, numbers, phones and identifiers, each once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import WASHINGTON_GROUP
from core.etl.cells import BLANKS, one_line, without_blanks
from core.etl.dates import read_date
from core.etl.rows import FLAGS, Severity
from core.etl.values import NO_ANSWER

_DESTROYED = r"^[+-]?(\d+[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+|\d{16,}[.,]0+)$"
_FLOAT_TAIL = r"^(\d{1,15})\.0+$"
_EXTENSION = r"(?i)\s*(x|ext|poste)\.?\s*\d{1,6}$"
_TWO_PHONES = r"^\D*(?:\d[^\d/;,]*){7,}(?:[/;,]|\bor\b|\bou\b).*(?:\d[^\d]*){7,}$"
_PHONE_BREAK = re.compile(r"[/;,]|\bor\b|\bou\b")
_INTEGER = re.compile(r"(-?\d{1,9})(?:[.,]0+)?(?:\s*(?:ans?|years?|yrs?|y|años?|anos?))?")
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}[.,]\d{3}")
_OLDEST = 120


@dataclass(frozen=True)
class Fault:
    """A rule that some distinct texts break."""

    rule: str
    severity: Severity
    where: pa.Array | np.ndarray


@dataclass(frozen=True)
class Converted:
    """One typed value per distinct text (null where blank or faulty) and the rules broken."""

    values: pa.Array
    faults: tuple[Fault, ...] = ()
    precision: pa.Array | None = None


def to_dates(distinct: pa.StringArray, field: str, order: str | None, today: date) -> Converted:
    """Dates in the column's order; an order that nothing settles gives no date but a warning."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    readings = [None if text is None else read_date(text, order, today) for text in texts]
    days = pa.array([reading.day if reading else None for reading in readings], pa.date32())
    faults = [
        Fault(rule, severity, np.array([r is not None and r.fault == rule for r in readings]))
        for rule, severity in (
            ("invalid_date", Severity.CRITICAL),
            ("date_order_conflict", Severity.CRITICAL),
            ("ambiguous_date_order", Severity.WARNING),
        )
    ]
    precision = [r.precision.value if r and r.day else None for r in readings]
    if field != "birth_date":
        partial = np.array([value in {"YEAR", "MONTH"} for value in precision], dtype=bool)
        faults.append(Fault("partial_date", Severity.WARNING, partial))
    return Converted(days.cast(pa.timestamp("s")), tuple(faults), pa.array(precision, pa.string()))


def to_codes(distinct: pa.StringArray, field: str, known: Mapping[str, str]) -> Converted:
    """Codes, flags and Washington Group answers; a value without a meaning is null and reported."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    # A blank marker that someone gave a meaning (none: no disability) is a value after all.
    texts = [
        raw if raw in known else text for raw, text in zip(distinct.to_pylist(), texts, strict=True)
    ]
    codes = [None if text is None else known.get(text) for text in texts]
    unknown = np.array(
        [text is not None and code is None for text, code in zip(texts, codes, strict=True)],
        dtype=bool,
    )
    said = [None if code == NO_ANSWER else code for code in codes]
    severity = Severity.CRITICAL if field in {"sex", "status"} else Severity.WARNING
    faults = (Fault("unknown_code", severity, unknown),)
    if field in FLAGS:
        flags = [None if code is None else code == "true" for code in said]
        return Converted(pa.array(flags, pa.bool_()), faults)
    if field in WASHINGTON_GROUP:
        return _answers(texts, said)
    return Converted(pa.array(said, pa.string()), faults)


def _answers(texts: list[str | None], said: list[str | None]) -> Converted:
    # A number beyond 1 to 4 is typed all the same, so that the suite can name it.
    numbers = [
        int(code) if code else int(text) if text and re.fullmatch(r"\d\d?", text) else None
        for text, code in zip(texts, said, strict=True)
    ]
    refused = {"888", "999"}
    unknown = np.array(
        [
            text is not None and number is None and code is None and text not in refused
            for text, code, number in zip(texts, said, numbers, strict=True)
        ],
        dtype=bool,
    )
    return Converted(
        pa.array(numbers, pa.int8()), (Fault("unknown_code", Severity.WARNING, unknown),)
    )


def to_integers(distinct: pa.StringArray, field: str) -> Converted:
    """Whole numbers; an age beyond 120 is impossible, any other text is reported and null."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    matches = [None if text is None else _INTEGER.fullmatch(text.casefold()) for text in texts]
    numbers = [int(match[1]) if match else None for match in matches]
    wrong = [
        text is not None and number is None for text, number in zip(texts, numbers, strict=True)
    ]
    if field != "age":
        fault = Fault("invalid_number", Severity.WARNING, np.array(wrong, dtype=bool))
        return Converted(pa.array(numbers, pa.int32()), (fault,))
    beyond = [number is not None and not 0 <= number <= _OLDEST for number in numbers]
    kept = [None if out else number for number, out in zip(numbers, beyond, strict=True)]
    faults = (
        Fault("invalid_number", Severity.WARNING, np.array(wrong, dtype=bool)),
        Fault("invalid_age", Severity.CRITICAL, np.array(beyond, dtype=bool)),
    )
    return Converted(pa.array(kept, pa.int32()), faults)


def to_numbers(distinct: pa.StringArray) -> Converted:
    """Decimal numbers with point or comma; `1,200` may be either and is reported, not guessed."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    numbers = [None if text is None else _number(text) for text in texts]
    wrong = [
        text is not None and number is None for text, number in zip(texts, numbers, strict=True)
    ]
    fault = Fault("invalid_number", Severity.WARNING, np.array(wrong, dtype=bool))
    return Converted(pa.array(numbers, pa.float64()), (fault,))


def _number(text: str) -> float | None:
    text = text.replace(" ", "")
    if not _NUMBER.fullmatch(text) or (_GROUPED.fullmatch(text) and "," in text):
        return None
    return float(text.replace(",", "."))


def to_identifiers(distinct: pa.StringArray) -> Converted:
    """Identifiers to the digit; what a spreadsheet has rounded is gone and reported."""
    values = without_blanks(one_line(distinct), BLANKS)
    destroyed = pc.match_substring_regex(values, _DESTROYED)
    values = pc.if_else(destroyed, None, values)
    tail = pc.match_substring_regex(values, _FLOAT_TAIL)
    if pc.any(tail, min_count=0).as_py():
        values = pc.if_else(tail, pc.replace_substring_regex(values, _FLOAT_TAIL, r"\1"), values)
    faults = (
        Fault("identifier_destroyed", Severity.WARNING, destroyed),
        Fault("float_tail", Severity.INFO, tail),
    )
    return Converted(values, faults)


def destroyed_key(distinct: pa.StringArray) -> Fault:
    """A record's key that a spreadsheet has rounded may name several people."""
    where = pc.match_substring_regex(distinct, _DESTROYED)
    return Fault("key_destroyed", Severity.CRITICAL, where)


def to_phones(distinct: pa.StringArray) -> Converted:
    """Phone numbers as digits with a leading plus if there is one; of two the first."""
    kept = to_identifiers(distinct)
    values = kept.values
    if not pc.all(pc.string_is_ascii(values), min_count=0).as_py():
        folded = [None if text is None else _fold_digits(text) for text in values.to_pylist()]
        values = pa.array(folded, pa.string())
    two = pc.match_substring_regex(values, _TWO_PHONES)
    if pc.any(two, min_count=0).as_py():
        firsts = [
            _PHONE_BREAK.split(text)[0] if text and several else text
            for text, several in zip(values.to_pylist(), two.to_pylist(), strict=True)
        ]
        values = pa.array(firsts, pa.string())
    digits = pc.replace_substring_regex(values, _EXTENSION, "")
    digits = pc.replace_substring_regex(digits, r"[^0-9+]", "")
    digits = pc.replace_substring_regex(digits, r"([0-9])\++", r"\1")
    empty = pc.is_in(digits, value_set=pa.array(["", "+"]))
    faults = (
        *kept.faults,
        Fault("several_phones", Severity.WARNING, two),
        Fault("invalid_phone", Severity.WARNING, pc.and_(empty, pc.is_valid(values))),
    )
    return Converted(pc.if_else(empty, None, digits), faults)


def _fold_digits(text: str) -> str:
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)
