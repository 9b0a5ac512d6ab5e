"""The words on the screen: one catalogue per language, the language of the current reader."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.settings import ROOT

LANGUAGES = {"en": "English", "fr": "Français"}
_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the code of the current reader's language."""
    return _language.get()


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


def _(message: str, **values: object) -> str:
    """Return `message` in the reader's language with `values` put into its {places}."""
    text = message
    if _language.get() != "en":
        found = read_catalogue(_language.get()).get(message)
        if found and isinstance(found.string, str) and found.string:
            text = found.string
    return text.format(**values) if values else text


def show_number(value: int | float | Decimal) -> str:
    """Write a number as the reader's language does."""
    return format_decimal(value, locale=_language.get())


def show_date(value: date) -> str:
    """Write a date as the reader's language does."""
    return format_date(value, format="medium", locale=_language.get())


def day_names() -> dict[int, str]:
    """Return the names of the weekdays in the reader's language, Monday is 0."""
    return dict(get_day_names("wide", locale=_language.get()))


def show_moment(value: datetime) -> str:
    """Write a moment as the reader's language does, to the minute."""
    return format_datetime(value, format="short", locale=_language.get())
