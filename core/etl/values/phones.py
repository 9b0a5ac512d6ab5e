"""Phone numbers: digits with a leading plus if there is one; no country is ever made up."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from core.etl.rows import Severity
from core.etl.values import convert
from core.etl.values.letters import with_folded_digits

_EXTENSION = r"(?i)\s*(x|ext|poste)\.?\s*\d{1,6}$"
_TWO_PHONES = r"^\D*(?:\d[^\d/;,|&+]*){7,}(?:[/;,|&+]|\b(?:or|ou|and|et|y)\b).*(?:\d[^\d]*){7,}$"
_PHONE_BREAK = re.compile(r"[/;,|&]|\b(?:or|ou|and|et|y)\b|(?<=\d)\s*(?=\+)")


def to_phones(distinct: pa.StringArray) -> convert.Converted:
    """Phone numbers as digits with a leading plus if there is one; of two the first.

    The second goes beside it, an extension is left out. No country is added: none was given.
    """
    kept = convert.to_identifiers(with_folded_digits(distinct))
    values, second = kept.values, pa.nulls(len(distinct), pa.string())
    two = pc.match_substring_regex(values, _TWO_PHONES)
    if pc.any(two, min_count=0).as_py():
        pairs = [
            [part for part in _PHONE_BREAK.split(text) if part.strip()] if several else [text]
            for text, several in zip(values.to_pylist(), two.to_pylist(), strict=True)
        ]
        values = pa.array([pair[0] for pair in pairs], pa.string())
        others = ["; ".join(pair[1:]) if len(pair) > 1 else None for pair in pairs]
        second = pa.array(others, pa.string())
    digits = _dialled(values)
    empty = pc.is_in(digits, value_set=pa.array(["", "+"]))
    faults = (
        *kept.faults,
        convert.Fault("several_phones", Severity.WARNING, two),
        convert.Fault("invalid_phone", Severity.WARNING, pc.and_(empty, pc.is_valid(values))),
    )
    beside = {"alternative_phone": _dialled(second)}
    return convert.Converted(pc.if_else(empty, None, digits), faults, beside=beside)


def _dialled(values: pa.StringArray) -> pa.StringArray:
    digits = pc.replace_substring_regex(values, _EXTENSION, "")
    digits = pc.replace_substring_regex(digits, r"[^0-9+;]", "")
    return pc.replace_substring_regex(digits, r"([0-9])\++", r"\1")
