"""Who moves, who is carried along and who stays and why: numbers, each with the list behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.domain.lifecycle import Block, OrderState, Part
from core.domain.words_lifecycle import say_block, say_state
from core.services.lifecycle import Facet, OrderView, Subject
from core.text import _, show_moment, show_number
from core.ui import address, plain
from core.ui.widgets import pager
from core.ui.widgets.transition_words import most_first

SHOW, AT = "show", "at"
"""The names in the address: the list that is open, and its place."""
PAGE_SIZE = 50
_MOVERS, _CARRIED, _UNKNOWN, _ELSEWHERE = "move", "carried", "unknown", "elsewhere"
Read = Callable[[Facet, int, int], tuple[list[Subject], int]]
"""Reads one page of the subjects of a facet: facet, how many, from which on."""


@dataclass(frozen=True)
class Line:
    """One line of the numbers: its name in the address, its words, how many, and whether they may
    be named."""

    key: str
    words: str
    number: int
    named: bool = True


def show_lists(order: OrderView, read: Read) -> None:
    """Show the numbers of an order, and the list that the address asks for."""
    lines = list(_lines(order))
    if not lines:
        return
    shown = next((one.key for one in lines if one.key == address.read(SHOW) and one.named), "")
    shown = shown or next((one.key for one in lines if one.named), "")
    for line in lines:
        _show_line(line, open_=line.key == shown)
    if shown == _UNKNOWN:
        _show_numbers(order.unknown, order.unknown_count)
    elif shown == _ELSEWHERE:
        _show_numbers(order.elsewhere, order.elsewhere_count)
    elif shown:
        chosen = next(one for one in lines if one.key == shown)
        _show_list(chosen, read)


def _lines(order: OrderView) -> Sequence[Line]:
    done, lines = order.state is OrderState.DONE, []
    if order.moved:
        undo = order.undo_of is not None
        now_ = _("Go back") if undo else _("Move")
        then = _("Went back") if undo else _("Moved")
        lines.append(Line(_MOVERS, then if done else now_, order.moved))
    if order.carried:
        said = _("Carried along with their household")
        lines.append(Line(_CARRIED, said, order.carried))
    for part, reasons in ((Part.CHOSEN, order.blocked), (Part.CARRIED, order.stay)):
        lines += [
            Line(f"{part}-{why}", _say_stay(part, why, done=done), number, why != Block.OUTSIDE)
            for why, number in most_first(reasons)
        ]
    if order.elsewhere_count:
        lines.append(Line(_ELSEWHERE, _say_elsewhere(order), order.elsewhere_count))
    if order.unknown_count:
        said = _("Unknown numbers, or of somebody whom you do not look after")
        lines.append(Line(_UNKNOWN, said, order.unknown_count))
    return lines


def _say_elsewhere(order: OrderView) -> str:
    if order.undo_of is not None:
        return _("Numbers of people or households that are not in this batch")
    name = order.programme or ""
    return _("Numbers of people or households not enrolled in {programme}", programme=name)


def _say_stay(part: Part, why: str, *, done: bool) -> str:
    said = say_block(why)
    if part is Part.CARRIED:
        if done:
            return _("Of their households stayed: {why}", why=said)
        return _("Of their households stay: {why}", why=said)
    return _("Stayed: {why}", why=said) if done else _("Stay: {why}", why=said)


def _show_line(line: Line, *, open_: bool) -> None:
    words, number, opener = st.columns([6, 1, 1.4], vertical_alignment="center")
    with words:
        plain.show_text(line.words)
    with number:
        plain.show_text(show_number(line.number))
    if line.named:
        opener.button(
            _("Shown below") if open_ else _("Show"),
            key=f"transition_show_{line.key}",
            disabled=open_,
            width="stretch",
            on_click=_open,
            args=(line.key,),
        )
    else:
        with opener:
            plain.show_text(_("not named"), faint=True)


def _open(key: str) -> None:
    address.change({SHOW: [key], AT: []})


def _facet(key: str) -> Facet:
    if key == _MOVERS:
        return Facet(part=Part.CHOSEN, moves=True)
    if key == _CARRIED:
        return Facet(part=Part.CARRIED, moves=True)
    part, _dash, why = key.partition("-")
    return Facet(part=Part(part), blocked=Block(why))


def _show_list(line: Line, read: Read) -> None:
    at = address.read_number(AT) or 0
    rows, total = read(_facet(line.key), PAGE_SIZE, at)
    if total < line.number:
        hidden = _(
            "{n} of them are outside what you look after.", n=show_number(line.number - total)
        )
        plain.show_text(hidden, faint=True)
    homes = any(row.household for row in rows)  # no empty column where no rule asks for them
    plain.show_table(_heads(homes), [_cells(row, homes) for row in rows], caption=line.words)
    pager.show_pages(pager.Span(at, len(rows), total, PAGE_SIZE), AT)


def _heads(homes: bool) -> list[str]:
    return [
        _("Full name"),
        _("Registration number"),
        *([_("Household")] if homes else []),
        _("Status before"),
        _("Status after"),
    ]


def _cells(row: Subject, homes: bool) -> list[str | plain.Link]:
    return [
        plain.Link(row.full_name, "beneficiary", (("id", str(row.person)),)),
        row.registration_no,
        *([_say_household(row)] if homes else []),
        say_state(row.before),
        say_state(row.after) if row.after else _say_changed(row),
    ]


def _say_changed(row: Subject) -> str:
    """Say who moved somebody who stays because of it."""
    if row.changed_by is None or row.changed_at is None:
        return "–"
    return _("moved by {who}, {when}", who=row.changed_by, when=show_moment(row.changed_at))


def _say_household(row: Subject) -> str:
    if not row.of_household:
        return row.household or ""
    return _("{number}, the household itself", number=row.household or "")


def _show_numbers(numbers: Sequence[str], total: int) -> None:
    plain.show_table([_("Number")], [[one] for one in numbers])
    if total > len(numbers):
        plain.show_text(_("The first {n} are shown.", n=show_number(len(numbers))), faint=True)
