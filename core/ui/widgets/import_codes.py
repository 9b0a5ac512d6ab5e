"""What the values of a column of codes mean: by a code book, value by value, or as suggested."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.domain.fields import WASHINGTON_GROUP
from core.domain.words import label_code
from core.etl.choices import Column
from core.etl.rows import FLAGS
from core.etl.values import codes
from core.etl.values.clusters import OFFERED, Reason, ValueGroup, codes_of
from core.text import _, quote, show_number
from core.ui import plain
from core.ui.widgets import import_tables

_MOST_ASKED = 40
_WORDS = {
    "true": "yes",
    "false": "no",
    "1": "no difficulty",
    "2": "some difficulty",
    "3": "a lot of difficulty",
    "4": "cannot do at all",
}
_REASONS: dict[Reason, Callable[[], str]] = {
    Reason.SAID: lambda: _("as you said"),
    Reason.TAKEN: lambda: _("as suggested, taken by you"),
    Reason.KNOWN: lambda: _("known"),
    Reason.BEFORE: lambda: _("said of an earlier file"),
    Reason.BESIDE: lambda: _("a letter for a word that stands in this column too"),
    Reason.LIKE: lambda: _("differs from a known value by signs only"),
    Reason.CLOSE: lambda: _("looks like a known value, spelt otherwise"),
    Reason.EITHER: lambda: _("may mean one thing or another: only you know which"),
    Reason.NUMBER: lambda: _("a number: only you know what it stands for"),
    Reason.UNKNOWN: lambda: _("not known"),
}
_SEX = ({"1": "MALE", "2": "FEMALE"}, {"1": "FEMALE", "2": "MALE"},
        {"0": "FEMALE", "1": "MALE"}, {"0": "MALE", "1": "FEMALE"})  # fmt: skip
_ANSWERS = ({"1": "true", "0": "false"}, {"1": "true", "2": "false"}, {"1": "false", "2": "true"})
_DIFFICULTIES = ({"1": "1", "2": "2", "3": "3", "4": "4"}, {"0": "1", "1": "2", "2": "3", "3": "4"})


def books_for(field: str, numbers: Sequence[str]) -> list[Mapping[str, str]]:
    """Return the known code books that say what all these numbers of a column mean."""
    books: tuple[Mapping[str, str], ...] = ()
    if field == "sex":
        books = _SEX
    elif field in FLAGS:
        books = _ANSWERS
    elif field in WASHINGTON_GROUP:
        books = _DIFFICULTIES
    return [book for book in books if numbers and set(numbers) <= set(book)]


def show_codes(key: str, column: Column, groups: Sequence[ValueGroup]) -> Column:
    """Ask for the values that wait, list those that are understood; return the column as said."""
    field = column.field or ""
    waiting = [one for one in groups if one.reason is not Reason.KNOWN]
    known = [one for one in groups if one.reason is Reason.KNOWN]
    chosen = dict(column.values)
    numbers = [one.value for one in waiting if one.value.isdecimal()]
    chosen |= _show_books(key, field, numbers, chosen)
    clusters: dict[str, list[ValueGroup]] = defaultdict(list)
    for one in waiting:
        clusters[one.cluster or one.value].append(one)
    for at, alike in enumerate(list(clusters.values())[:_MOST_ASKED]):
        _show_cluster(f"{key}_{at}", field, alike, chosen)
    if len(clusters) > _MOST_ASKED:
        st.caption(
            _("{n} further values are not shown. Is this the right field for the column?",
              n=show_number(len(clusters) - _MOST_ASKED))
        )  # fmt: skip
    if known:
        with st.expander(_("Understood by themselves: {n} values", n=len(known))):
            import_tables.show(
                (_("Value"), _("Cells"), _("Meaning")),
                [(one.value, show_number(one.count), say_code(one.code)) for one in known],
            )
    return replace(column, values=chosen)


def _show_books(
    key: str, field: str, numbers: Sequence[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Offer the code books that fit; none is ever taken unasked."""
    books = books_for(field, numbers)
    if not books:
        return {}
    said = {value: chosen[value] for value in numbers if value in chosen}
    fits = [at for at, book in enumerate(books) if said and said.items() <= book.items()]
    picked = st.radio(
        _("Code book: what do the numbers mean?"),
        [None, *range(len(books))],
        index=1 + fits[0] if fits else 0,
        format_func=lambda at: _("none of these") if at is None else _say_book(books[at], numbers),
        key=f"{key}_book",
    )
    if picked is None:
        return {}
    return {value: code for value, code in books[picked].items() if value in numbers}


def _say_book(book: Mapping[str, str], numbers: Sequence[str]) -> str:
    return ", ".join(f"{value} = {say_code(code)}" for value, code in book.items()
                     if value in numbers or len(numbers) < len(book))  # fmt: skip


def _show_cluster(
    key: str, field: str, alike: Sequence[ValueGroup], chosen: dict[str, str]
) -> None:
    """Ask once for values that differ by case, accents and signs only."""
    first = alike[0]
    left, middle, right = st.columns([3, 3, 4], vertical_alignment="center")
    shown = " · ".join(quote(one.value) for one in alike[:4]) + (" …" if len(alike) > 4 else "")
    with left:
        plain.show_text(f"{shown} ({show_number(sum(one.count for one in alike))})")
    now = next((chosen[one.value] for one in alike if one.value in chosen), None)
    options: list[str | None] = list(dict.fromkeys([None, first.code, *codes_of(field), now]))
    said = middle.selectbox(
        first.value,
        options,
        index=options.index(now),
        format_func=lambda code: (
            say_code(code)
            + (_(" (suggested)") if code and code == first.code and code != now else "")
        ),
        key=f"{key}_{now or ''}_value",
        label_visibility="collapsed",
    )
    with right:
        plain.show_text(_say_offer(first, now), faint=True)
    for one in alike:
        if said is not None:
            chosen[one.value] = said
        elif now is not None:
            chosen.pop(one.value, None)


def _say_offer(group: ValueGroup, now: str | None) -> str:
    """Say what is suggested and why, or what holds."""
    reason = _REASONS[group.reason]()
    if now is not None or group.code is None or group.reason not in OFFERED:
        return reason
    return _("suggested: {meaning} ({reason})", meaning=say_code(group.code), reason=reason)


def say_code(code: str | None) -> str:
    """Return what a code means, in words."""
    if code is None:
        return _("not said")
    if code == codes.NO_ANSWER:
        return _("no answer")
    return label_code(_WORDS.get(code, code))
