"""The quarantine: held rows as a work list; the address holds its filters and the open row."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.models import RowState
from core.services import exports, quarantine
from core.services.quarantine import Filters, HeldView, Page
from core.settings import now
from core.text import _, language, show_number
from core.ui import address, feedback, plain, session
from core.ui.widgets import download, quarantine_row
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.rule_words import say_rule

_NAMES = ("programme", "owner", "rule", "older", "state")
_AGES = ("7", "30")
_HEIGHT, _HEAD, _LINE = 492, 38, 35
"""In pixels: the most the grid takes, its head, one row."""
_STATES: dict[RowState, Callable[[], str]] = {
    RowState.OPEN: lambda: _("waiting"),
    RowState.PUBLISHED: lambda: _("published since"),
    RowState.DISCARDED: lambda: _("given up"),
}


def show(actor: Actor) -> None:
    """Show the list, or the row that the address names."""
    st.title(_("Held rows"))
    for said in session.take_flashes():
        st.success(said)
    with feedback.errors_shown():
        if row := address.read_number("row"):
            quarantine_row.show(actor, row)
            return
        _show_list(actor)
        return
    st.button(_("Back to the list"), on_click=address.forget, args=("row", *_NAMES, "after"))


def _show_list(actor: Actor) -> None:
    filters = read_filters()
    known = quarantine.counts(actor, Filters(state=filters.state))
    if not known["owner"] and filters.state is RowState.OPEN:
        st.info(_("No row waits for you. Rows that an import holds back appear here."))
        st.page_link(address.file_of("import_data"), label=_("Import a file"))
        return
    _show_filters(known, filters)
    page = quarantine.list_rows(actor, filters, address.read_number("after"), language())
    st.subheader(say_rows(page.total), anchor=False)
    if not page.total:
        st.info(_("No row fits these filters."))
        st.button(_("Clear filters"), on_click=address.forget, args=(*_NAMES, "after"))
        return
    _show_rows(actor, page, filters)


def read_filters() -> Filters:
    """Return the filters of the address; InvalidInput for a state there is not."""
    state = address.read("state") or RowState.OPEN
    if state not in list(RowState):
        raise InvalidInput(
            "“{state}” is no state of a held row. Clear the filters.", state=str(state)[:50]
        )
    older = address.read_number("older")
    return Filters(
        programme=address.read("programme") or None,
        owner=address.read("owner") or None,
        rule=address.read("rule") or None,
        held_before=now() - timedelta(days=older) if older else None,
        state=RowState(state),
    )


def _show_filters(known: Mapping[str, Sequence[tuple[str, int]]], filters: Filters) -> None:
    boxes = st.columns(5)
    amounts = {name: dict(known[name]) for name in ("programme", "owner", "rule")}
    with boxes[0]:
        _choose("programme", _("Programme"), amounts["programme"], filters.programme, str)
    with boxes[1]:
        _choose("owner", _("Owner"), amounts["owner"], filters.owner, str)
    with boxes[2]:
        _choose("rule", _("Reason"), amounts["rule"], filters.rule, say_rule)
    with boxes[3]:
        ages = dict.fromkeys(_AGES)
        _choose("older", _("Held for more than"), ages, address.read("older") or None, _say_days)
    with boxes[4]:
        states = dict.fromkeys(str(state) for state in RowState)
        chosen = str(filters.state)
        _choose("state", _("State"), states, chosen, lambda s: _STATES[RowState(s)](), False)


def _choose(
    name: str,
    label: str,
    options: Mapping[str, int | None],
    chosen: str | None,
    say: Callable[[str], str],
    may_be_empty: bool = True,
) -> None:
    """Show one filter; its choice goes into the address and begins the list anew."""
    key = f"quarantine_{name}"
    values = list(dict.fromkeys([*([""] if may_be_empty else []), *options, chosen or ""]))
    values = values if may_be_empty else [value for value in values if value]
    session.remember(key, chosen or values[0])

    def word(value: str) -> str:
        if not value:
            return _("All")
        number = options.get(value)
        return f"{say(value)} ({show_number(number)})" if number else say(value)

    st.selectbox(label, values, key=key, format_func=word, on_change=_take, args=(name, key))


def _take(name: str, key: str) -> None:
    value = session.recall(key)
    address.change({name: [value] if value else [], "after": []})


def _say_days(days: str) -> str:
    return _("{n} days", n=days)


def _show_rows(actor: Actor, page: Page, filters: Filters) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center")
    as_text = bar.toggle(_("Plain table"), key="list_plain", persist_state="session")
    after = address.read("after")
    bar.button(_("First page"), disabled=not after, on_click=address.forget, args=("after",))
    bar.button(
        _("Next"),
        icon=":material/chevron_right:",
        disabled=page.next is None,
        on_click=address.change,
        args=({"after": [page.next]},),
    )
    with bar:
        download.show_csv("held", lambda hash_: exports.request_held(actor, hash_, filters))
    if as_text:
        _show_plain(page.rows)
        return
    chosen = _show_grid(page.rows)
    if filters.state is RowState.OPEN:
        _show_acts(actor, chosen)


def _show_grid(rows: Sequence[HeldView]) -> list[HeldView]:
    """Show the grid; return the rows that are selected."""
    labels = _labels()
    frame = pd.DataFrame([dict(zip(labels, _cells(row), strict=True)) for row in rows])
    shown = ",".join(str(row.id) for row in rows)
    state = st.dataframe(
        frame,
        height=min(_HEIGHT, _HEAD + _LINE * len(rows)),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        # A key of the very rows shown: a selection never outlives them.
        key="quarantine_" + hashlib.sha256(shown.encode()).hexdigest()[:16],
        alt=_("Held rows"),
    )
    return [rows[position] for position in state["selection"]["rows"] if position < len(rows)]


def _show_plain(rows: Sequence[HeldView]) -> None:
    """Show the same rows as a table of text, each with a link to the row."""
    lines: list[list[str | plain.Link]] = [
        [plain.Link(cells[0], "quarantine", (("row", str(row.id)),)), *cells[1:]]
        for row in rows
        for cells in [_cells(row)]
    ]
    plain.show_table(_labels(), lines, caption=_("Held rows"))


def _labels() -> list[str]:
    return [_("Row"), _("File"), _("Programme"), _("Owner"), _("Held for"), _("Why")]


def _cells(row: HeldView) -> list[str]:
    days = (now() - row.held_at).days
    held = _say_days(show_number(days)) if days != 1 else _("1 day")
    why = " ".join(row.messages) or (row.decision or "")
    return [str(row.row), row.file_name, row.programme, row.owner, held, why]


def _show_acts(actor: Actor, chosen: Sequence[HeldView]) -> None:
    """Offer what can be done with the selected rows."""
    ids = [row.id for row in chosen]
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    if bar.button(_("Correct"), disabled=len(ids) != 1, type="primary"):
        address.change({"row": ids})
        st.rerun()
    if bar.button(_("Try again"), disabled=not ids):
        _retry(actor, chosen)
    if bar.button(_("Assign to me"), disabled=not ids):
        quarantine.assign(actor, ids, actor.name)
        _done(_("Assigned to you: {rows}.", rows=say_rows(len(ids))))
    reason = bar.text_input(_("Reason for giving up"), key="quarantine_reason", max_chars=500)
    if bar.button(_("Give up"), disabled=not ids):
        quarantine.discard(actor, ids, reason)
        _done(_("Given up: {rows}.", rows=say_rows(len(ids))))
    if not ids:
        st.caption(_("Select rows in the table to work on them."))


def _retry(actor: Actor, chosen: Sequence[HeldView]) -> None:
    published = held = 0
    with st.spinner(_("Trying again …")):
        for run in dict.fromkeys(row.run for row in chosen):
            done = quarantine.retry(actor, run, [row.id for row in chosen if row.run == run])
            published, held = published + done.published, held + done.held
    _done(quarantine_row.say_retried(published, held))


def _done(said: str) -> None:
    session.flash(said)
    st.rerun()
