"""Numbers as people write them: one decimal mark per column, decided on evidence, never guessed."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.etl.values.letters import fold_digits, with_folded_digits

_SPACED = re.compile(r"\d{1,3}(?:[ '’_]\d{3})+(?:[.,]\d*)?")
_SPACES = re.compile(r"[ '’_]")
_MONEY = (
    "usd|eur|gbp|chf|kes|ksh|kshs|tzs|tsh|ugx|ush|rwf|bif|etb|birr|br|ngn|ghs|xof|xaf|fcfa|"
    "cfa|cdf|fc|mga|ar|mwk|mk|zmw|zwl|mzn|mt|zar|inr|rs|bdt|tk|npr|pkr|lkr|php|idr|rp|vnd|"
    "mmk|khr|thb|sos|sdg|ssp|yer|iqd|syp|lbp|jod|egp|mad|dzd|tnd|afn|uah|rub|try|brl|cop|"
    "pen|mxn|htg|gtq|hnl|le|sll"
)
_UNIT = re.compile(rf"(?i)[$£€¥₦₵₹₨৳₱₫₴₺₽؋]|\b(?:{_MONEY})\b\.?|/[-=]$")
_THOUSANDS = re.compile(r"(?i)(?<=\d)\s?k$")
_PLAIN = re.compile(r"\d{1,15}")
_ONE_MARK = re.compile(r"(\d{1,15})([.,])(\d{1,15})")
_GROUPED = {
    ".": re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?"),
    ",": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
"""Digits in groups, by the decimal mark; India groups by two: 1,20,000."""
_TELLING = {
    ".": r"^[^0-9]*(?:[0-9]{1,3}(?:,[0-9]{2,3})+\.[0-9]|[0-9]{1,3}(?:,[0-9]{2,3}){2}|"
    r"0*\.[0-9]|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})\D*$|[0-9]{4,}\.[0-9])",
    ",": r"^[^0-9]*(?:[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]|[0-9]{1,3}(?:\.[0-9]{3}){2}|"
    r"0*,[0-9]|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})\D*$|[0-9]{4,},[0-9])",
}
"""Texts that only one decimal mark explains."""


@dataclass(frozen=True)
class Amount:
    """What a number text says, or the rule it breaks; `adorned` by a unit, a k or brackets."""

    value: float | None
    fault: str | None = None
    adorned: bool = False


@dataclass
class Evidence:
    """How many cells of a column can only have a decimal point and how many only a comma."""

    point: int = 0
    comma: int = 0

    def add(self, texts: pa.StringArray, counts: np.ndarray) -> None:
        """Count distinct texts, each as often as it occurs."""
        bare = pc.replace_substring_regex(with_folded_digits(texts), r"[\s'’]", "")
        for mark, name in ((".", "point"), (",", "comma")):
            telling = pc.match_substring_regex(bare, _TELLING[mark]).fill_null(False)
            setattr(self, name, getattr(self, name) + int(counts[np.asarray(telling)].sum()))

    @property
    def decimal(self) -> str | None:
        """The mark that three of four telling cells have; None when that leaves it open."""
        if 3 * min(self.point, self.comma) > max(self.point, self.comma) or not self.any:
            return None
        return "." if self.point > self.comma else ","

    @property
    def any(self) -> bool:
        return self.point + self.comma > 0


@lru_cache(maxsize=1 << 15)
def read_number(text: str, decimal: str | None) -> Amount:
    """Read a number whose column has this decimal mark, or None while nothing has settled it.

    Brackets and a minus at either end make it negative, `12k` is 12,000, a currency is left out.
    Faults: `invalid_number`, `ambiguous_number`, `percent_sign`.
    """
    plain = fold_digits(text).replace("−", "-").strip()
    if plain.endswith(("%", "٪")):
        return Amount(None, "percent_sign")
    bare = _UNIT.sub("", plain).strip()
    negative = (bare.startswith("(") and bare.endswith(")")) or bare.startswith("-")
    negative = negative or (bare.endswith("-") and bare[:1].isdigit())
    bare = bare.strip("()+-").strip()
    factor = 1000 if _THOUSANDS.search(bare) else 1
    bare = _THOUSANDS.sub("", bare)
    joined = _SPACES.sub("", bare) if _SPACED.fullmatch(bare) else bare
    number, fault = _digits(joined, decimal)
    if number is None:
        return Amount(None, fault)
    signed = -number if negative else number
    return Amount(signed * factor, adorned=plain.lstrip("+-").strip() != bare)


def _digits(text: str, decimal: str | None) -> tuple[float | None, str | None]:
    if _PLAIN.fullmatch(text):
        return float(text), None
    if text[:1] in {".", ","}:
        text = "0" + text
    marks = [decimal] if decimal else [".", ","]
    readings = {_reading(text, mark) for mark in marks} - {None}
    if len(readings) > 1:
        return None, "ambiguous_number"
    return (readings.pop(), None) if readings else (None, "invalid_number")


def _reading(text: str, mark: str) -> float | None:
    """The number that the text is if `mark` parts its decimals."""
    single = _ONE_MARK.fullmatch(text)
    if single and single[2] == mark:
        return float(f"{single[1]}.{single[3]}")
    if _GROUPED[mark].fullmatch(text) and not text.startswith("0"):
        return float(text.replace("." if mark == "," else ",", "").replace(mark, "."))
    return None
