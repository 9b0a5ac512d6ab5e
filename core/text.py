"""The words on the screen: one catalogue per language, the language of the current reader."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel.dates import format_date, get_day_names
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.errors import Words, Writer
from core.settings import ROOT

LANGUAGES = {"en": "English", "fr": "Français"}
# English alone would mean the American order of day and month, which a reader elsewhere misreads.
_DATES = {"en": "en_GB"}
_language: ContextVar[str] = ContextVar("language", default="")
_readers: list[Callable[[], str]] = []


def language() -> str:
    """Return the code of the current reader's language."""
    return _language.get() or next((code for ask in _readers if (code := ask())), "en")


def ask_reader(ask: Callable[[], str]) -> None:
    """Ask `ask`, which may answer "", where no language was set in this context: the screen runs a
    part of a page, or what a click calls, in a context of its own."""
    _readers.append(ask)


def set_language(code: str) -> None:
    """Speak `code` from here on in this context; an unknown code means English."""
    _language.set(code if code in LANGUAGES else "en")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak `code` inside the block."""
    token = _language.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


@cache
def read_catalogue(code: str) -> Catalog:
    """Return the messages of one language from data/locale/<code>.po."""
    with (ROOT / "data" / "locale" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def _(message: str, /, **values: object) -> str:
    """Return `message` in the reader's language with `values` put into its {places}."""
    text = message
    if (code := language()) != "en":
        found = read_catalogue(code).get(message)
        if found and isinstance(found.string, str) and found.string:
            text = found.string
    return _WRITER.vformat(text, (), values) if values else text


def speak(words: str) -> str:
    """Return words in the reader's language, those among their values too."""
    if not isinstance(words, Words):
        return _(words)
    values = {n: speak(v) if isinstance(v, Words) else v for n, v in words.values.items()}
    return _(words.template, **values)


class _Writer(Writer):
    """Puts values into their places, "{n:,}" as a number of the reader's language."""

    def write_number(self, value: object) -> str:
        return show_number(value) if isinstance(value, int) else str(value)


_WRITER = _Writer()


def show_number(value: int | float | Decimal) -> str:
    """Write a number as the reader's language does."""
    return format_decimal(value, locale=language())


def quote(text: object) -> str:
    """Write a text between the quotation marks of the reader's language."""
    return _("“{text}”", text=text)


def pair(name: object, value: object) -> str:
    """Write a value after what it is called."""
    return _("{name}: {value}", name=name, value=value)


def join(parts: Iterable[str]) -> str:
    """Write parts of a sentence in one line as the reader's language parts them."""
    return _("; ").join(parts)


def show_date(value: date) -> str:
    """Write a date as the reader's language does."""
    return format_date(value, format="medium", locale=_date_locale())


def day_names() -> dict[int, str]:
    """Return the names of the weekdays in the reader's language, Monday is 0."""
    return dict(get_day_names("wide", locale=language()))


def show_moment(value: datetime) -> str:
    """Write a moment as the reader's language does, to the minute of a day of 24 hours."""
    return f"{show_date(value)}, {value:%H:%M}"


def _date_locale() -> str:
    return _DATES.get(language(), language())
