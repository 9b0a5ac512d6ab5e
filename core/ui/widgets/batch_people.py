"""Some of a batch to take back: chosen from those who moved, or by their numbers."""

from dataclasses import asdict
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_state
from core.services import batches
from core.services.batches import BatchView, Facet, Subject
from core.text import _, show_number
from core.ui import address, cache
from core.ui.widgets.transition_who import PAGE, PICK, Query

UNDO, WAY, NUMBERS = "undo", "way", "numbers"
"""In the address of an undo: its batch, and that numbers say for whom."""
_SHOWN = 200


def read_people(
    actor: Actor, batch: UUID, facet: Facet, limit: int, at: int
) -> tuple[list[Subject], int]:
    """Return one page of the people of a batch, and how many there are."""
    found: tuple[list[Subject], int] = cache.of_move(
        actor,
        lambda: batches.subjects(actor, batch, facet, limit, at),
        *("people", batch, asdict(facet), limit, at),
    )
    return found


def show_some(actor: Actor, view: BatchView, *, here: bool) -> None:
    """Offer to take a batch back for some of its people."""
    with st.expander(_("Undo for some of them only")):
        rows, total = read_people(actor, view.row.uuid, Facet(moves=True), _SHOWN, 0)
        known = {row.enrolment: row for row in rows}
        chosen: list[UUID] = st.multiselect(
            _("People"),
            list(known),
            format_func=lambda key: _name(known[key]),
            key=f"batch_some_{view.row.uuid}",
            placeholder=_("Choose by name or number"),
        )
        if total > len(rows):
            st.caption(
                _(
                    "The first {n} of {total} stand here. Others are taken back by their numbers.",
                    n=show_number(len(rows)),
                    total=show_number(total),
                )
            )
        undo, picks = [str(view.row.uuid)], [str(key) for key in chosen]
        with st.container(horizontal=True):
            said = _("Undo for {n} of them", n=show_number(len(chosen)))
            show_undo(said, {UNDO: undo, PICK: picks} if chosen else None, here=here)
            said = _("Undo for a list of numbers")
            show_undo(said, {UNDO: undo, WAY: [NUMBERS]}, here=here)


def show_undo(label: str, query: Query | None, *, here: bool) -> None:
    """Show the way to an undo, dead while there is nothing to undo; `here` says that this is the
    page that it leads to."""
    icon, dead = ":material/undo:", query is None
    if here:
        address.show_same(label, query or {}, f"undo_{label}", icon=icon, disabled=dead)
        return
    file = address.file_of(PAGE)
    st.page_link(file, label=label, icon=icon, disabled=dead, query_params=query)


def _name(row: Subject) -> str:
    after = say_state(row.after) if row.after else "–"
    own = row.registration_no
    if row.of_household:  # its head may stand beside it: a choice goes by what it reads
        own = _("{number}, the household itself", number=row.household or own)
    return f"{row.full_name} · {own} · {say_state(row.before)} → {after}"
