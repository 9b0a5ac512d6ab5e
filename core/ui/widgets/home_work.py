"""What waits for somebody: notices, moves to decide or to come, unfinished imports, held rows."""

from collections.abc import Sequence

import streamlit as st

from core.domain.lifecycle import OrderState
from core.domain.permissions import Actor, Permission
from core.services import imports, notices, planned, quarantine
from core.services.imports import RunView
from core.services.notices import NoticeView
from core.text import _, show_moment, show_number, speak
from core.ui import address, plain
from core.ui.widgets.amounts import say_rows
from core.ui.widgets.run_words import is_unfinished, say_file, say_state

_MOST = 5


def show(actor: Actor) -> None:
    """Show what waits for the reader; nothing where nothing does."""
    told = notices.list_unread(actor)
    moves = _count_moves(actor)
    works = actor.allows(Permission.IMPORT)
    runs = (
        [run for run in imports.list_runs(actor, limit=50) if is_unfinished(run)] if works else []
    )
    held = (
        sum(dict(quarantine.counts(actor, quarantine.Filters())["owner"]).values()) if works else 0
    )
    if not (told or any(moves) or runs or held):
        st.caption(_("Nothing waits for you."))
        return
    st.subheader(_("Waiting for you"))
    _show_notices(actor, told)
    _show_moves(*moves)
    for run in runs[:_MOST]:
        what, state, when, opener = st.columns([4, 3, 2, 1], vertical_alignment="center")
        with what:
            plain.show_text(say_file(run))
        with state:
            plain.show_text(say_state(run.state))
        with when:
            plain.show_text(show_moment(run.created_at), faint=True)
        with opener:
            address.show_open("import_data", _("Open"), {"run": str(run.uuid)})
    if held:
        _show_line(_("{rows} held back", rows=say_rows(held)), "quarantine")


def _find_imports(actor: Actor) -> tuple[list[RunView], int]:
    """Return the reader's unfinished imports, and how many rows are held back."""
    if not actor.allows(Permission.IMPORT):
        return [], 0
    runs = [run for run in imports.list_runs(actor, limit=50) if is_unfinished(run)]
    return runs, sum(dict(quarantine.counts(actor, quarantine.Filters())["owner"]).values())


def _count_moves(actor: Actor) -> tuple[int, int]:
    """Return how many moves wait for the reader's decision, and how many of their own for a day or
    somebody else's decision."""
    if not (actor.allows(Permission.TRANSITION) or actor.allows(Permission.APPROVE)):
        return 0, 0
    waiting = planned.list_waiting(actor)
    mine = (OrderState.WAITING, OrderState.ASKED)
    return (
        sum(one.decides for one in waiting),
        sum(not one.decides and one.order.state in mine for one in waiting),
    )


def _show_moves(to_decide: int, own: int) -> None:
    if to_decide:
        _show_line(_("Changes of status to approve: {n}", n=show_number(to_decide)), "batches")
    if own:
        said = _(
            "Your changes of status that wait for their day or for approval: {n}",
            n=show_number(own),
        )
        _show_line(said, "batches")


def _show_line(said: str, page: str) -> None:
    what, opener = st.columns([9, 1], vertical_alignment="center")
    with what:
        plain.show_text(said)
    with opener:
        address.show_open(page, _("Open"), {})


def _show_notices(actor: Actor, told: Sequence[NoticeView]) -> None:
    """Show what happened while nobody looked; it stays until it is put away."""
    if not told:
        return
    for one in told[:_MOST]:
        said, away = st.columns([8, 2], vertical_alignment="center")
        with said:
            plain.show_noted(speak(one.text), show_moment(one.at))
        away.button(
            _("Put away"),
            key=f"home_notice_{one.id}",
            on_click=notices.put_away,
            args=(actor, one.id),
            width="stretch",
        )
    if len(told) > 1:
        st.button(
            _("Put all {n} notices away", n=show_number(len(told))),
            key="home_notices",
            on_click=notices.mark_read,
            args=(actor, told[0].id),
        )
