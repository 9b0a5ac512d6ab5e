"""Letters that went wrong on the way: double encoding, look-alikes, digits of other scripts."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LEADS = "\u00c2-\u00f4"
_TAILS = "\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€"
"""What the bytes 80 to BF of UTF-8 look like when they are read as Western European text."""
_GARBLED = f"[{_LEADS}][{_TAILS}]"
_RUN = re.compile(f"(?:[{_LEADS}][{_TAILS}]{{1,3}})+")
_UNDEFINED = {chr(code): bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_MIXED = r"\p{Latin}\p{M}*[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{M}*\p{Latin}"
_DIGITS = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x80, 0x20000)
    if chr(code).isdecimal()
}
_ETHIOPIC = re.compile("[\u1369-\u137c]+")
"""፩ to ፼: ones, tens, hundred and ten thousand; there is no zero and no place value."""


def repair_mojibake(text: str) -> str:
    """Return the text with letters put right that were encoded twice (`JosÃ©`), else the same."""
    for _ in range(3):  # some files went through it twice
        repaired = _RUN.sub(_decoded, text)
        if repaired == text:
            return text
        text = repaired
    return text


def _decoded(run: re.Match[str]) -> str:
    letters = run[0]
    raw = b"".join(_UNDEFINED.get(c) or _byte(c) for c in letters)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return letters


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1" if letter <= "\u00ff" else "cp1252")


def fold_digits(text: str) -> str:
    """Write the digits of any script as 0 to 9; an Ethiopic number becomes its value."""
    if text.isascii():
        return text
    return _ETHIOPIC.sub(_ethiopic, text.translate(_DIGITS))


def _ethiopic(number: re.Match[str]) -> str:
    # ፲፱፻፹፪ is (10 + 9) hundreds, 80 and 2; ፼ multiplies what stands before it by ten thousand.
    total = hundreds = below = 0
    for sign in number[0]:
        step = ord(sign) - 0x1369
        if step < 9:
            below += step + 1
        elif step < 18:
            below += (step - 8) * 10
        elif step == 18:
            hundreds, below = hundreds + (below or 1) * 100, 0
        else:
            total, hundreds, below = (total + (hundreds + below or 1)) * 10_000, 0, 0
    return str(total + hundreds + below)


def is_plain(texts: pa.StringArray) -> bool:
    """Whether there is nothing but ASCII, where nothing of all this can have happened."""
    return bool(pc.all(pc.string_is_ascii(texts), min_count=0).as_py())


def with_folded_digits(texts: pa.StringArray) -> pa.StringArray:
    """`fold_digits` for each text."""
    if is_plain(texts):
        return texts
    return pa.array([t if t is None else fold_digits(t) for t in texts.to_pylist()], pa.string())


def wrong_letters(texts: pa.StringArray) -> dict[str, np.ndarray]:
    """Mark texts that were encoded twice or mix alphabets in a word, by rule where there are any.

    Letters that are lost (U+FFFD) are named where the file is read.
    """
    if is_plain(texts):
        return {}
    garbled = np.asarray(pc.match_substring_regex(texts, _GARBLED).fill_null(False))
    for at in np.flatnonzero(garbled).tolist():
        text = texts[at].as_py()
        garbled[at] = repair_mojibake(text) != text
    found = {
        "mojibake": garbled,
        "mixed_scripts": np.asarray(pc.match_substring_regex(texts, _MIXED).fill_null(False)),
    }
    return {rule: where for rule, where in found.items() if where.any()}
