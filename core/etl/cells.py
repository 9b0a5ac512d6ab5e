"""Work on whole columns of text: clean them, blank what means nothing, write JSON, hash rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NULL_MARKERS = pa.array(["", "null", "<null>", "n/a", "#n/a", "nan", "#value!", "(blank)"])
"""What programs write for nothing; nobody means it as a value."""
NAME_BLANKS = pa.array(["", "-", "--", "---", ".", "...", "…", "_", "?", "null", "<null>", "#n/a"])
"""None, NA and Nil are names of people: in a name only these are blank."""
BLANKS = pa.concat_arrays(
    [
        NULL_MARKERS,
        NAME_BLANKS,
        pa.array(["na", "n.a.", "none", "nil", "néant", "neant", "aucun", "aucune", "s/o"]),
        pa.array(["sans objet", "ninguno", "ninguna", "nenhum", "not applicable", "لا يوجد"]),
        pa.array(["unknown", "not known", "don't know", "inconnu", "inconnue", "ne sait pas"]),
        pa.array(["nsp", "n.d.", "non disponible", "desconocido", "desconocida", "غير معروف"]),
    ]
)
_INVISIBLE = "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
"""Marks that no reader sees; the joiners U+200C and U+200D stay, they are letters' business."""
_SPACES = "[\u00a0\u2000-\u200a\u202f\u3000]"
_SAFE = "^'([ \u00a0\u200b\ufeff]*[=+@\t\r\n\x00\uff1d\uff0b\uff0d\uff20-])"
"""The apostrophe that our own export, or a spreadsheet, puts before what would run as a formula."""
_BLANK = r"[\s\x{85}\x{1680}\x{2028}\x{2029}\x{205f}]*"
_SAFE_AGAIN = (
    rf"^(?:'{_BLANK}[\t\r\n]{_BLANK})*"
    rf"(?:'{_BLANK}([=+@\x{{ff1d}}\x{{ff0b}}\x{{ff0d}}\x{{ff20}}-]))?"
)
"""The same where a sign nobody sees stood between: what is clean stays as it is."""
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Cells:
    """One column: its header, its distinct cleaned texts and which of them each row holds."""

    header: str
    distinct: pa.StringArray
    index: pa.Int32Array

    def spread(self, values: pa.Array) -> pa.Array:
        """Turn one value per distinct text into one value per row."""
        return values.take(self.index)

    def without(self, blanks: Sequence[str]) -> "Cells":
        """Blank the texts that a person has said mean "no answer": 999 covers 999.0 too."""
        if not blanks:
            return self
        said = pa.array([one.strip().lower() for one in blanks], pa.string())
        lowered = pc.utf8_lower(self.distinct)
        whole = pc.replace_substring_regex(lowered, r"^(-?[0-9]+)[.,]0+$", r"\1")
        silent = pc.or_(pc.is_in(lowered, value_set=said), pc.is_in(whole, value_set=said))
        return Cells(self.header, pc.if_else(silent, "", self.distinct), self.index)

    def rows_where(self, mask: pa.Array | np.ndarray) -> np.ndarray:
        """The positions of the rows whose distinct text is marked."""
        marked = np.asarray(mask.fill_null(False)) if isinstance(mask, pa.Array) else mask
        if not marked.any():
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(marked[np.asarray(self.index)])


def cells_of(table: pa.Table, header: str) -> Cells:
    """Clean a column, each distinct text once."""
    column = table[header].combine_chunks()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = column.fill_null("").dictionary_encode()
    return Cells(header, clean(encoded.dictionary), encoded.indices)


def clean(values: pa.StringArray) -> pa.StringArray:
    """Compose letters (NFC), drop invisible and control characters, trim; inner text is kept."""
    if _any(pc.starts_with(values, "'")):
        values = pc.replace_substring_regex(values, _SAFE, r"\1")
    if not _all(pc.ascii_is_printable(values)):
        if not _all(pc.string_is_ascii(values)):
            values = pc.utf8_normalize(values, form="NFC")
            values = pc.replace_substring_regex(values, _INVISIBLE, "")
            values = pc.replace_substring_regex(values, _SPACES, " ")
        values = pc.replace_substring_regex(values, _CONTROL, "")
    values = pc.utf8_trim_whitespace(values)
    if _any(pc.starts_with(values, "'")):
        values = pc.replace_substring_regex(values, _SAFE_AGAIN, r"\1")
    return values


def one_line(values: pa.StringArray) -> pa.StringArray:
    """Make every run of white space one space."""
    if _any(pc.match_substring(values, "  ")) or not _all(pc.utf8_is_printable(values)):
        return pc.replace_substring_regex(values, r"\s+", " ")
    return values


def _all(marks: pa.BooleanArray) -> bool:
    return bool(pc.all(marks, min_count=0).as_py())


def _any(marks: pa.BooleanArray) -> bool:
    return bool(pc.any(marks, min_count=0).as_py())


def without_blanks(values: pa.StringArray, blanks: pa.StringArray) -> pa.StringArray:
    """Null where the text is one of `blanks`, in any case."""
    return pc.if_else(pc.is_in(pc.utf8_lower(values), value_set=blanks), None, values)


def joined(parts: Sequence[pa.Array], separator: str) -> pa.StringArray:
    """Put columns together row by row, leaving out nulls; a row of nulls only gives ""."""
    # Arrow 26 drops such a row from the result altogether, so it gets one empty text to join.
    void = pc.is_null(parts[0])
    for part in parts[1:]:
        void = pc.and_(void, pc.is_null(part))
    first = pc.if_else(void, "", parts[0])
    return pc.binary_join_element_wise(first, *parts[1:], separator, null_handling="skip")


def json_member(key: str, values: pa.StringArray) -> pa.StringArray:
    """`"key":"value"` for each value, null for null."""
    quoted = values
    for char, code in _ESCAPES:
        if _any(pc.match_substring(quoted, char)):
            quoted = pc.replace_substring(quoted, char, code)
    start = json.dumps(key, ensure_ascii=False) + ':"'
    return pc.binary_join_element_wise(start, quoted, '"', "")


def json_objects(members: Sequence[pa.StringArray], rows: int) -> pa.StringArray:
    """One JSON object per row from its members, nulls left out."""
    if not members:
        return pa.array(["{}"]).take(pa.array(np.zeros(rows, dtype=np.int32)))
    return pc.binary_join_element_wise("{", joined(members, ","), "}", "")


def labelled(label: str, values: pa.StringArray) -> pa.StringArray:
    """`label=value` for each filled value, null for an empty one."""
    filled = pc.if_else(pc.equal(values, ""), None, values)
    return pc.binary_join_element_wise(label, filled, "=")


def hashes(parts: Sequence[pa.Array], rows: int) -> list[str]:
    """One 128-bit BLAKE2b digest in hexadecimal per row, of its parts in the given order."""
    if not parts:
        return [blake2b(b"", digest_size=16).hexdigest()] * rows
    texts = joined(parts, _SEPARATOR).cast(pa.binary()).to_pylist()
    return [blake2b(text, digest_size=16).hexdigest() for text in texts]
