"""Typed values from distinct texts: dates, codes, numbers, phones and identifiers, each once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.fields import IDENTIFIER_PREFIX, WASHINGTON_GROUP
from core.domain.identifiers import match_form
from core.etl.cells import BLANKS, NAME_BLANKS, one_line, without_blanks
from core.etl.rows import FLAGS, Severity
from core.etl.values.codes import NO_ANSWER
from core.etl.values.dates import Reading, read_date
from core.etl.values.letters import with_folded_digits
from core.etl.values.numbers import Amount, read_number

_DESTROYED = r"^[+-]?(\d+[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+|\d{16,}[.,]0+)$"
_FLOAT_TAIL = r"^(\d{1,15})\.0+$"
_MARK_OF_TEXT = r"^['’`]+"
"""The apostrophe with which somebody made a spreadsheet keep a number as text."""
_INTEGER = re.compile(r"(-?\d{1,9})(?:[.,]0+)?(?:\s*(?:ans?|years?|yrs?|y|años?|anos?))?")
_NOTE = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*(?:[)\]]\s*(.*)|)$")
_OLDEST = 120
_FIRST_YEAR = 1900
_DATE_RULES = {
    "invalid_date": Severity.CRITICAL,
    "date_order_conflict": Severity.CRITICAL,
    "calendar_not_supported": Severity.CRITICAL,
    "ambiguous_date_order": Severity.WARNING,
    "zero_date": Severity.WARNING,
    "partial_date": Severity.WARNING,
    "date_too_early": Severity.WARNING,
    "serial_date": Severity.INFO,
    "two_digit_year": Severity.INFO,
}
_NUMBER_RULES = {
    "invalid_number": Severity.WARNING,
    "ambiguous_number": Severity.WARNING,
    "percent_sign": Severity.WARNING,
    "number_unit": Severity.INFO,
}


@dataclass(frozen=True)
class Fault:
    """A rule that some distinct texts break."""

    rule: str
    severity: Severity
    where: pa.Array | np.ndarray


@dataclass(frozen=True)
class Converted:
    """One typed value per distinct text (null where blank or faulty) and the rules broken.

    `beside` is what else the text held, kept as attributes: a second number, a note on a name.
    """

    values: pa.Array
    faults: tuple[Fault, ...] = ()
    precision: pa.Array | None = None
    beside: Mapping[str, pa.StringArray] = attribute(default_factory=dict)


def to_dates(
    distinct: pa.StringArray,
    field: str,
    order: str | None,
    today: date,
    calendar: str | None = None,
) -> Converted:
    """Dates in the column's order; an order that nothing settles gives no date but a warning."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    readings = [None if text is None else read_date(text, order, today, calendar) for text in texts]
    days = pa.array([reading.day if reading else None for reading in readings], pa.date32())
    precision = [r.precision.value if r and r.day else None for r in readings]
    broken: dict[str, list[int]] = {}
    for at, reading in enumerate(readings):
        for rule in _date_rules(reading, field) if reading else ():
            broken.setdefault(rule, []).append(at)
    faults = _faults(broken, _DATE_RULES, len(texts))
    return Converted(days.cast(pa.timestamp("s")), faults, pa.array(precision, pa.string()))


def _date_rules(reading: Reading, name: str) -> list[str]:
    rules = [rule for rule in (reading.fault, reading.remark) if rule]
    if name != "birth_date" and reading.day:
        if reading.precision != "DAY":
            rules.append("partial_date")
        if reading.day.year < _FIRST_YEAR:
            rules.append("date_too_early")
    return rules


def _faults(
    broken: Mapping[str, list[int]], rules: Mapping[str, Severity], size: int
) -> tuple[Fault, ...]:
    """The faults of the rules that some texts break, given their positions."""
    found = []
    for rule, severity in rules.items():
        if rule in broken:
            where = np.zeros(size, dtype=bool)
            where[broken[rule]] = True
            found.append(Fault(rule, severity, where))
    return tuple(found)


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
    texts = without_blanks(with_folded_digits(distinct), BLANKS).to_pylist()
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


def to_numbers(distinct: pa.StringArray, decimal: str | None = None) -> Converted:
    """Numbers in the column's decimal mark; `1,200` may be either until it is settled."""
    texts = without_blanks(distinct, BLANKS).to_pylist()
    amounts = [None if text is None else read_number(text, decimal) for text in texts]
    broken: dict[str, list[int]] = {}
    for at, amount in enumerate(amounts):
        rule = _number_rule(amount)
        if rule:
            broken.setdefault(rule, []).append(at)
    found = [amount.value if amount else None for amount in amounts]
    return Converted(pa.array(found, pa.float64()), _faults(broken, _NUMBER_RULES, len(texts)))


def _number_rule(amount: Amount | None) -> str | None:
    if amount is None:
        return None
    return amount.fault or ("number_unit" if amount.adorned else None)


def to_names(distinct: pa.StringArray, name: str) -> Converted:
    """Names in one line; what stands in brackets behind one is a note on the person."""
    values = without_blanks(one_line(distinct), NAME_BLANKS)
    noted = pc.match_substring_regex(values, r"[(\[]").fill_null(False)
    if not pc.any(noted, min_count=0).as_py():
        return Converted(values)
    texts: list[str | None] = values.to_pylist()
    notes: list[str | None] = [None] * len(texts)
    found = np.zeros(len(texts), dtype=bool)
    for at in np.flatnonzero(np.asarray(noted)).tolist():
        match = _NOTE.fullmatch(texts[at] or "")
        bare = " ".join(part for part in (match[1], match[3]) if part) if match else ""
        if match and bare:
            texts[at], notes[at], found[at] = bare, match[2], True
    label = "name_note" if name == "full_name" else f"{name}_note"
    return Converted(
        pa.array(texts, pa.string()),
        (Fault("name_note", Severity.INFO, found),),
        beside={label: pa.array(notes, pa.string())},
    )


def to_identifiers(distinct: pa.StringArray) -> Converted:
    """Identifiers to the digit; what a spreadsheet has rounded is gone and reported."""
    values = pc.replace_substring_regex(one_line(distinct), _MARK_OF_TEXT, "")
    values = without_blanks(values, BLANKS)
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


def to_accounts(distinct: pa.StringArray) -> Converted:
    """Identifiers that only their own file uses: the same, with the digits of any script folded."""
    return to_identifiers(with_folded_digits(distinct))


def to_match_forms(distinct: pa.StringArray, target: str) -> pa.StringArray:
    """Identifiers as they are compared, null where there is none; see domain.identifiers."""
    kind = target.removeprefix(IDENTIFIER_PREFIX)
    return match_forms(to_identifiers(distinct).values, [kind] * len(distinct))


def match_forms(values: pa.StringArray, kinds: Sequence[str]) -> pa.StringArray:
    """The form in which each identifier is compared, given the type of each."""
    # Capitals and digits without a letter that may be a digit are compared as they are.
    plain = pc.match_substring_regex(values, "^[0-9A-HJ-NP-Z]+$").fill_null(True)
    if pc.all(plain, min_count=0).as_py():
        return values
    forms = values.to_pylist()
    for at in np.flatnonzero(~np.asarray(plain)).tolist():
        forms[at] = match_form(kinds[at], forms[at]) or None
    return pa.array(forms, pa.string())


def destroyed_key(distinct: pa.StringArray) -> Fault:
    """A record's key that a spreadsheet has rounded may name several people."""
    where = pc.match_substring_regex(distinct, _DESTROYED)
    return Fault("key_destroyed", Severity.CRITICAL, where)
