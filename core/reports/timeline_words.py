"""The items of a timeline in the reader's language: the same words on screen and on paper."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, IDENTIFIER_PREFIX, Kind
from core.domain.words import label_code
from core.domain.words_lifecycle import say_reason
from core.settings import read_settings
from core.storage.timeline import Item, find_kinds
from core.text import _, show_date, show_moment, show_number, speak

_NOTHING = "–"


def name_kinds() -> dict[str, str]:
    """Return the names of the kinds of items by their words in addresses and files."""
    return {kind: speak(label) for kind, label in find_kinds().items()}


def say_programme(item: Item) -> str:
    """Return the programme of an item, with its cycle where that is not the first."""
    if item.programme_name is None:
        return ""
    if item.cycle in (None, 1):
        return item.programme_name
    return _("{programme}, cycle {number}", programme=item.programme_name, number=str(item.cycle))


def say_subject(item: Item) -> str:
    """Return whom an item is about, where the page is not theirs alone."""
    if item.household is not None:
        return _("Household {number}", number=item.household)
    if item.who is None:
        return ""
    return _("{name}, {number}", name=item.who.name, number=item.who.registration_no)


def say_why(item: Item) -> str:
    """Return why, as far as the sentence of the item has not said it."""
    if item.reason is None:
        return ""
    reason = say_reason(item.reason)
    return "" if reason in speak(item.what) else reason


def say_fields(item: Item) -> list[str]:
    """Return each changed field with its value before and after."""
    return [
        _(
            "{field}: {before} → {after}",
            field=_label(name),
            before=say_value(name, pair[0]),
            after=say_value(name, pair[1]),
        )
        for name, pair in (item.fields or {}).items()
    ]


def say_recorded(item: Item) -> str:
    """Return when an item was recorded, in the installation's time."""
    if item.recorded_at is None:
        return _NOTHING
    return show_moment(local(item.recorded_at))


def local(moment: datetime) -> datetime:
    """Return a moment in the installation's time."""
    return moment.astimezone(ZoneInfo(read_settings().timezone))


def say_value(name: str, value: object) -> str:
    """Return a field's value in the reader's language; changes keep dates as texts."""
    field = FIELDS.get(name)
    if value is not None and field and field.kind is Kind.CODE:
        return label_code(str(value))
    if isinstance(value, str) and field and field.kind is Kind.DATE:
        return show_date(date.fromisoformat(value))
    return say_plain(value)


def say_plain(value: object) -> str:
    """Return any value in the reader's language."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return show_date(value)
    if isinstance(value, int | float | Decimal):
        return show_number(value)
    return str(value)


_LABELS: Mapping[str, str] = {"size": "Household size", "location": "Place"}


def _label(name: str) -> str:
    if name in _LABELS:
        return _(_LABELS[name])
    known = FIELDS.get(name)
    if known:
        return _(known.label)
    return name.removeprefix(ATTRIBUTE_PREFIX).removeprefix(IDENTIFIER_PREFIX).replace("_", " ")
