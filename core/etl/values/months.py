"""The names of months and eras: which month a word means, and which calendar a text names."""

import re

from core.etl.values.letters import fold_digits

_GREGORIAN = (
    "jan january janvier janv enero ene janeiro ጃንዩወሪ ጃንዋሪ",
    "feb february fevrier fevr fev febrero fevereiro ፌብሩወሪ ፌብሩዋሪ",
    "mar march mars marzo marco ማርች ማርቸ",
    "apr april avril avr abril abr ኤፕሪል ኤፕረል",
    "may mai mayo maio ሜይ",
    "jun june juin junio junho ጁን",
    "jul july juillet juil julio julho ጁላይ",
    "aug august aout agosto ago ኦገስት ኦገስቲ",
    "sep sept september septembre septiembre setembro set ሴፕቴምበር",
    "oct october octobre octubre outubro out ኦክቶበር ኦክተውበር",
    "nov november novembre noviembre novembro ኖቬምበር",
    "dec december decembre diciembre dic dezembro dez ዲሴምበር",
)
_ETHIOPIAN = (
    "መስከረም meskerem maskaram mesekerem fulbaana",
    "ጥቅምት tikimt tekemt tiqimt teqemt onkololeessa",
    "ኅዳር ህዳር hidar hedar sadaasa",
    "ታኅሣሥ ታህሳስ ታኅሳስ tahsas tahesas muddee",
    "ጥር tir ter amajjii",
    "የካቲት yekatit yakatit guraandhala",
    "መጋቢት megabit maggabit bitooteessa",
    "ሚያዝያ ሚያዚያ miyazya miazia miyazia eebila ebla",
    "ግንቦት ginbot genbot caamsa",
    "ሰኔ sene sane waxabajjii",
    "ሐምሌ ሃምሌ ሀምሌ hamle hamlie adoolessa",
    "ነሐሴ ነሃሴ nehase nehasse nahase hagayya",
    "ጳጉሜ ጳጉሜን ጳግሜ pagume pagumen paguemen qaammee",
)
_HIJRI = re.compile(
    r"(?i)\b(?:muharram|safar|rabi|jumada|jumaada|rajab|sha['’]?ban|ramad[ah]+n|shawwal|dhu|zul"
    r"|hamal|sawr|jawza|saratan|asad|sunbula|mizan|aqrab|qaws|jadi|dalw|hut)\b"
    r"|محرم|صفر|ربيع|جماد|رجب|شعبان|رمضان|شوال|ذو|ذي"
)
_ERAS = tuple(
    (calendar, re.compile(rf"(?i)\(?(?:{names})\)?"))
    for calendar, names in (
        ("ethiopian", r"\bE\.?\s?C\b\.?|ዓ\s?[./]?\s?ም\.?"),
        ("hijri", r"\bA\.?\s?H\b\.?|(?<=\d)\s?H\.?$|هـ|(?<=\d)\s*ه$|هجري[ةه]?"),
        ("buddhist", r"\bB\.?\s?E\b\.?|พ\.?\s?ศ\.?"),
        ("gregorian", r"\b(?:A\.?\s?D|C\.?\s?E|G\.?\s?C)\b\.?|ميلادي[ةه]?|(?<=\d)\s*م$"),
    )
)
_LETTER = re.compile(r"[^\W\d_]")
REFUSED = ("hijri", "buddhist")
"""Calendars that are known by name and never converted."""


def _numbers(names: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, line in enumerate(names, 1) for name in line.split()}


_OURS, _THEIRS = _numbers(_GREGORIAN), _numbers(_ETHIOPIAN)


def number_of(name: str) -> int | None:
    """Return the number of the month that a folded word names, in whichever calendar."""
    return _OURS.get(name) or _THEIRS.get(name)


def split_era(text: str) -> tuple[str | None, str]:
    """Part the name of an era (`1982 EC`, `1411 AH`) from a date: its calendar and the rest."""
    for calendar, pattern in _ERAS:
        bare = pattern.sub("", text)
        if bare != text:
            return calendar, bare.strip(" ,.")
    return None, text


def named_calendar(text: str) -> str | None:
    """Return the calendar that an era, or the name of a month, in the text belongs to."""
    if not _LETTER.search(text):
        return None
    era, _ = split_era(text)
    if era:
        return era
    if any(word.strip(".,") in _THEIRS for word in text.casefold().split()):
        return "ethiopian"
    return "hijri" if _HIJRI.search(text) else None


def foreign_calendar(text: str) -> str:
    """Return which of REFUSED a date that is not converted belongs to, by its name or its year."""
    named = named_calendar(text)
    if named in REFUSED:
        return str(named)
    late = re.search(r"2[456]\d\d", fold_digits(text))
    return "buddhist" if late else "hijri"
