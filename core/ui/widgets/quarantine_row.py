"""One held row: every cell with what is wrong in it, to be corrected and tried again."""

import streamlit as st

from core.domain.permissions import Actor
from core.models import RowState
from core.services import quarantine
from core.services.quarantine import HeldView
from core.text import _, language
from core.ui import address, plain, session
from core.ui.widgets.amounts import say_rows


def show(actor: Actor, row_id: int) -> None:
    """Show the form of one row."""
    row = quarantine.get_row(actor, row_id, language())
    plain.show_heading(
        _("Row {row} of {file}", row=row.row, file=row.file_name),
        _("{programme} · owner: {owner}", programme=row.programme, owner=row.owner),
        level=3,
    )
    for message in row.messages:
        plain.show_text(message)
    st.button(_("Back to the list"), on_click=address.forget, args=("row",))
    if row.state is not RowState.OPEN:
        st.info(_("This row is decided: {reason}", reason=row.decision or _("published since")))
        plain.show_pairs(list(row.values.items()))
        return
    _show_form(actor, row)
    _show_acts(actor, row)


def _show_form(actor: Actor, row: HeldView) -> None:
    wrong = {header for _rule, header, _value in row.reasons}
    with st.form(f"held_{row.id}"):
        cells = {
            header: _show_cell(row, header, header in wrong)
            for header in sorted(row.values, key=lambda header: header not in wrong)
        }
        bar = st.container(horizontal=True)
        with bar:
            again = st.form_submit_button(_("Save and try again"), type="primary")
            saved = st.form_submit_button(_("Save"))
    if not (again or saved):
        return
    quarantine.edit(actor, row.id, cells)
    said = _("Saved.")
    if again:
        done = quarantine.retry(actor, row.run, [row.id])
        said = say_retried(done.published, done.held)
        if done.held == 0:
            address.forget("row")
    _done(said)


def _show_acts(actor: Actor, row: HeldView) -> None:
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    if bar.button(_("Assign to me"), disabled=row.owner == actor.name):
        quarantine.assign(actor, [row.id], actor.name)
        _done(_("Assigned to you: {rows}.", rows=say_rows(1)))
    reason = bar.text_input(_("Reason for giving up"), key="held_reason", max_chars=500)
    if bar.button(_("Give up")):
        quarantine.discard(actor, [row.id], reason)
        address.forget("row")
        _done(_("Given up: {rows}.", rows=say_rows(1)))


def _done(said: str) -> None:
    session.flash(said)
    st.rerun()


def _show_cell(row: HeldView, header: str, wrong: bool) -> str:
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        plain.show_text(f"⚠ {header}" if wrong else header)
    text = row.values[header]
    typed = right.text_input(
        header, text, key=f"held_{row.id}_{header}", label_visibility="collapsed"
    )
    return str(typed)


def say_retried(published: int, held: int) -> str:
    """Return what a retry did, in words."""
    if held == 0:
        return _("Published: {rows}.", rows=say_rows(published))
    return _(
        "Published: {rows}. Still held, for the reasons shown: {held}.",
        rows=say_rows(published),
        held=say_rows(held),
    )
