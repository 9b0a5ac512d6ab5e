"""Taking a batch back: for whom and why; what it would do is the next step."""

from uuid import UUID

import streamlit as st

from core.domain.lifecycle import LONGEST_REASON
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_kind, say_reason, say_state
from core.services import batches, number_lists, undo
from core.services.lifecycle import Chosen
from core.text import _, show_moment, show_number
from core.ui import address, plain
from core.ui.widgets import import_acts, transition_numbers
from core.ui.widgets.batch_people import NUMBERS, WAY
from core.ui.widgets.transition_form import EDIT, ORDER
from core.ui.widgets.transition_lists import AT, SHOW
from core.ui.widgets.transition_who import read_picks


def show_form(actor: Actor, uuid: UUID) -> None:
    """Ask for whom and why a batch is to be taken back."""
    view = batches.get_batch(actor, uuid)
    row = view.row
    done, target = say_kind(row.kind), view.details.get("target")
    act = f"{done}: {say_state(target)}" if target else done
    plain.show_noted(
        f"{act} · {row.actor}, {show_moment(row.recorded_at)}",
        _("Reason: {reason}", reason=say_reason(row.reason)),
    )
    picks, by_number = read_picks(), address.read(WAY) == NUMBERS
    chosen = Chosen(enrolments=picks) if picks else Chosen()
    if picks:
        plain.show_text(_("For {n} chosen people", n=show_number(len(picks))))
    elif by_number:
        chosen = Chosen(numbers=transition_numbers.show_numbers(str(uuid)))
    else:
        plain.show_text(_("For everybody whom it moved"))
    reason = st.text_input(
        _("Reason for the undo"), max_chars=LONGEST_REASON, key=f"undo_reason_{uuid}"
    )
    if import_acts.button(_("See what would happen"), "undo_look", type="primary"):
        with st.spinner(_("Looking at everybody …")):
            import_acts.do(lambda: _look(actor, uuid, reason, chosen, by_number=by_number))


def _look(actor: Actor, uuid: UUID, reason: str, chosen: Chosen, *, by_number: bool) -> None:
    if by_number:
        number_lists.check(chosen.numbers)
    order = undo.prepare(actor, uuid, reason, chosen)
    address.change({ORDER: [order], EDIT: [], SHOW: [], AT: []})
