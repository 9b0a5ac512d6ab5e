"""A timeline on a page: what is planned, then what happened, filtered by what the address holds."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.domain import surfaces
from core.domain.permissions import Actor, Permission
from core.reports.timeline_words import (
    name_kinds,
    say_fields,
    say_programme,
    say_recorded,
    say_subject,
    say_why,
)
from core.services import exports
from core.services.exports import Ask
from core.storage.timeline import PLANNED, Choice, Item, choose
from core.text import _, show_date, speak
from core.ui import address, feedback, plain, session
from core.ui.widgets import download, pager, pickers

PAGE = 50
_KIND, _PROGRAMME, _SINCE, _UNTIL, _AT = "kind", "programme", "since", "until", "entry"
_NAMES = (_KIND, _PROGRAMME, _SINCE, _UNTIL, _AT)
_PREFIX = "timeline"


def show(actor: Actor, items: Sequence[Item], ask: Ask) -> None:
    """Show a timeline with its filter, its file and its page to print."""
    if not items:
        st.info(_("Nothing has been recorded yet."))
        return
    _show_filter(items)
    with feedback.errors_shown():
        choice = _read_choice()
        chosen = choose(items, choice)
        _show_files(actor, replace(ask, choice=choice))
        if not chosen:
            st.info(_("Nothing fits this filter."))
        _show_planned([item for item in chosen if item.kind == PLANNED])
        _show_past(actor, [item for item in chosen if item.kind != PLANNED])


def _read_choice() -> Choice:
    return Choice(
        tuple(address.read_all(_KIND)),
        tuple(address.read_all(_PROGRAMME)),
        address.read_date(_SINCE),
        address.read_date(_UNTIL),
    )


def _show_filter(items: Sequence[Item]) -> None:
    there = {item.kind for item in items}
    kinds = {kind: name for kind, name in name_kinds().items() if kind in there}
    programmes = {item.programme: item.programme_name or "" for item in items if item.programme}
    columns = st.columns([1.8, 1.8, 1.3, 1.3, 1], vertical_alignment="bottom")
    with columns[0]:
        pickers.pick_many(_("Kind"), _KIND, kinds, _PREFIX, (_AT,))
    with columns[1]:
        pickers.pick_many(_("Programme"), _PROGRAMME, programmes, _PREFIX, (_AT,))
    with columns[2]:
        _pick_day(_("From day"), _SINCE)
    with columns[3]:
        _pick_day(_("Until day"), _UNTIL)
    columns[4].button(
        _("Clear filters"),
        key="timeline_clear",
        on_click=address.forget,
        args=_NAMES,
        disabled=not any(address.read_all(name) for name in _NAMES[:-1]),
        width="stretch",
    )


def _pick_day(label: str, name: str) -> None:
    key = _key(name)
    with feedback.errors_shown():
        session.remember(key, address.read_date(name))
        st.date_input(
            label,
            value=None,
            key=key,
            format="DD/MM/YYYY",
            on_change=pickers.take,
            args=(key, name, (_AT,)),
        )


def _key(name: str) -> str:
    return f"{_PREFIX}_{name}"


def _show_files(actor: Actor, ask: Ask) -> None:
    key = f"timeline_{ask.subject}"
    printed = replace(ask, printed=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        if actor.allows(Permission.EXPORT):
            download.show_csv(
                key, lambda session_hash: exports.request_timeline(actor, session_hash, ask)
            )
        download.show_printed(
            key, lambda session_hash: exports.request_timeline(actor, session_hash, printed)
        )


def _show_planned(items: Sequence[Item]) -> None:
    if not items:
        return
    plain.show_table(
        [_("From day"), _("What is planned"), _("Programme"), _("Why"), _("By")],
        [
            [show_date(item.effective_on), _what(item), say_programme(item), _why(item), _by(item)]
            for item in items
        ],
        caption=_("Planned"),
    )


def _show_past(actor: Actor, items: Sequence[Item]) -> None:
    if not items:
        return
    last = (len(items) - 1) // PAGE * PAGE
    at = min(max(address.read_number(_AT) or 0, 0), last)
    shown = items[at : at + PAGE]
    linked = _opens_batches(actor)
    plain.show_table(
        [
            *(_("Effective"), _("Recorded"), _("What happened"), _("Programme"), _("Why"), _("By")),
        ],
        [
            [
                show_date(item.effective_on),
                say_recorded(item),
                _what(item, linked=linked),
                say_programme(item),
                _why(item),
                _by(item, linked=linked),
            ]
            for item in shown
        ],
        caption=_("What happened, the newest first"),
    )
    pager.show_pages(pager.Span(at, len(shown), len(items), PAGE), _AT)


def _opens_batches(actor: Actor) -> bool:
    return any(
        page.url_path == "batch" and actor.allows(page.permission) for page in surfaces.PAGES
    )


def _what(item: Item, *, linked: bool = False) -> plain.Cell:
    origin = speak(item.origin) if item.origin else ""
    notes = [say_subject(item), *say_fields(item), origin]
    links = []
    if item.undoes and linked:
        links.append(plain.Link(_("The original"), "batch", _id(item.undoes)))
    if item.taken_back:
        notes.insert(0, _("Taken back: holds no more"))
        if item.undone_by and linked:
            links.append(plain.Link(_("The undo"), "batch", _id(item.undone_by)))
    shown = tuple(note for note in notes if note)
    return plain.Cell(speak(item.what), item.taken_back, tuple(links), shown)


def _why(item: Item) -> plain.Cell:
    return plain.Cell(say_why(item), notes=(item.note,) if item.note else ())


def _by(item: Item, *, linked: bool = False) -> plain.Cell:
    batch = item.batch if linked else None
    links = (plain.Link(_("Receipt"), "batch", _id(batch)),) if batch else ()
    return plain.Cell(item.by or "–", links=links)


def _id(uuid: object) -> tuple[tuple[str, str], ...]:
    return (("id", str(uuid)),)
