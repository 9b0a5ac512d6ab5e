"""Taking a batch back: for whom and why; what it would do is the next step."""

from uuid import UUID

import streamlit as st

from core.domain.lifecycle import LONGEST_REASON
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_kind, say_reason, say_state
from core.services import batches, number_lists, undo
from core.services.lifecycle import Chosen, OrderView
from core.text import _, pair, show_moment, show_number
from core.ui import address, plain
from core.ui.widgets import import_acts, transition_numbers
from core.ui.widgets.batch_people import NUMBERS, WAY
from core.ui.widgets.transition_form import EDIT, ORDER
from core.ui.widgets.transition_lists import AT, SHOW
from core.ui.widgets.transition_who import read_picks


def show_form(actor: Actor, uuid: UUID, before: OrderView | None = None) -> None:
    """Ask for whom and why a batch is to be taken back; `before` is the preview one comes from."""
    view = batches.get_batch(actor, uuid)
    row = view.row
    done, target = say_kind(row.kind), view.details.get("target")
    act = pair(done, say_state(target)) if target else done
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
        _("Reason for the undo"),
        value=(before.reason or "") if before else "",
        max_chars=LONGEST_REASON,
        key=f"undo_reason_{before.uuid if before else uuid}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        looks = import_acts.button(_("See what would happen"), "undo_look", type="primary")
        show_way_out(uuid)
    if looks:
        with st.spinner(_("Looking at everybody …")):
            import_acts.do(lambda: _look(actor, uuid, reason, chosen, by_number=by_number))


def show_way_out(batch: UUID) -> None:
    """Show the way back to the receipt of what is not to be taken back after all."""
    query, icon = {"id": str(batch)}, ":material/arrow_back:"
    st.page_link(address.file_of("batch"), label=_("Do not undo"), icon=icon, query_params=query)


def _look(actor: Actor, uuid: UUID, reason: str, chosen: Chosen, *, by_number: bool) -> None:
    if by_number:
        number_lists.check(chosen.numbers)
    order = undo.prepare(actor, uuid, reason, chosen)
    address.change({ORDER: [order], EDIT: [], SHOW: [], AT: []})
