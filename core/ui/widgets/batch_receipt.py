"""The receipt of a batch: who, what, why, when, how many, who stayed and why, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Permission
from core.domain.words_lifecycle import say_kind, say_reason, say_state
from core.services import batches, exports, programme_history
from core.services.batches import BatchView
from core.services.lifecycle import OrderView
from core.text import _, show_date, show_moment, show_number
from core.ui import address, cache, plain
from core.ui.widgets import batch_people, download, programme_change, transition_lists
from core.ui.widgets.batch_words import say_original, say_undone
from core.ui.widgets.transition_words import say_effect

OTHER_WAYS = ("import", "rewind", "rewind_undo", "demo")
"""Kinds that are not taken back from here."""
MOVES = ("transition", "cycle.roll_over")
"""Kinds that are about statuses alone."""
_COUNTS: dict[str, Callable[[], str]] = {
    "moved": lambda: _("Statuses changed"),
    "carried": lambda: _("Carried along with their household"),
    "changed": lambda: _("People changed"),
    "people": lambda: _("People"),
    "households": lambda: _("Households"),
    "enrolments": lambda: _("Enrolments"),
    "members": lambda: _("Members"),
    "rows": lambda: _("Rows"),
    "new": lambda: _("New"),
    "unchanged": lambda: _("Unchanged"),
    "held": lambda: _("Held back"),
    "fields": lambda: _("Fields that change"),
    "identifiers": lambda: _("Identifiers joined"),
    "ended": lambda: _("Enrolments ended"),
    "restored": lambda: _("Former values back"),
    "kept": lambda: _("Stayed"),
    "records": lambda: _("Records put back as they were"),
}
_MOVED = ("moved", "carried")


def show_receipt(actor: Actor, uuid: UUID, *, here: bool = False) -> None:
    """Show the receipt of a batch, and the ways on from it; `here` on the page of moves itself."""
    view: BatchView = cache.of_move(actor, lambda: batches.get_batch(actor, uuid), "batch", uuid)
    order: OrderView | None = cache.of_move(
        actor, lambda: batches.receipt(actor, uuid), "receipt", uuid
    )
    if order is not None and not _is_move(view, order):
        order = None
    change = programme_history.find_change(actor, uuid) if order is None else None
    st.title(_title(view, order))
    named = order.programme_name if order else change.name if change else None
    _show_facts(view, named, order)
    if order is not None:
        st.subheader(say_effect(order), anchor=False)
    _show_ways(actor, view, order, here=here)
    _show_undone(view, here=here)
    if order is None:
        if change is not None:
            programme_change.show_change(actor, change)
        else:
            _show_counts(view.row.counts)
        return
    if actor.allows(Permission.EXPORT):
        download.show_csv(
            f"batch_{uuid}", lambda session_hash: exports.request_batch(actor, session_hash, uuid)
        )
    transition_lists.show_lists(order, partial(batch_people.read_people, actor, uuid))
    if may_undo(actor, view) and order.subjects:
        batch_people.show_some(actor, view, here=here)


def _is_move(view: BatchView, order: OrderView) -> bool:
    """Say whether statuses are all that an act was about: a merge or a household's act that ended
    an enrolment as well is told by its own numbers, and is taken back whole."""
    return view.row.kind in MOVES or (view.row.undo_of is not None and not order.rows)


def may_undo(actor: Actor, view: BatchView) -> bool:
    """Say whether the reader may take a batch back from here, as far as can be told before."""
    return actor.allows(Permission.TRANSITION) and view.row.kind not in OTHER_WAYS


def _title(view: BatchView, order: OrderView | None) -> str:
    if order is not None and order.kind == "transition" and order.target is not None:
        if order.target is State.EXITED:
            return _("Receipt: enrolments ended")
        return _("Receipt: changed to {status}", status=say_state(order.target))
    return _("Receipt: {act}", act=say_kind(view.row.kind))


def _show_facts(view: BatchView, programme: str | None, order: OrderView | None) -> None:
    row = view.row
    pairs = [
        (_("Done by"), f"{row.actor}, {show_moment(row.recorded_at)}"),
        (_("Programme"), programme or row.programme or "–"),
        (_("Reason"), say_reason(row.reason)),
    ]
    if row.original is not None:
        pairs.insert(0, (_("Undo"), say_original(row)))
    if row.undone is not None:
        pairs.append((_("Undone"), say_undone(row)))
    if order is not None and order.decided_by:
        pairs.append((_("Approved by"), order.decided_by))
    if view.effective_on and row.undo_of is None:
        pairs.append((_("Effective date"), show_date(view.effective_on)))
    if view.criteria:
        pairs.append((_("Chosen by"), view.criteria))
    if view.note and view.note != row.reason:
        pairs.append((_("Note"), view.note))
    plain.show_pairs(pairs)


def _show_ways(actor: Actor, view: BatchView, order: OrderView | None, *, here: bool) -> None:
    row = view.row
    with st.container(horizontal=True, vertical_alignment="center"):
        if may_undo(actor, view):
            batch_people.show_undo(_("Undo this"), {batch_people.UNDO: [str(row.uuid)]}, here=here)
        if order is not None and order.target not in (None, State.EXITED):
            _show_list(order)
        if row.undo_of is not None:
            _show_other(_("What it took back"), row.undo_of, here=here)
        _show_about(view.details)
        if view.run is not None and actor.allows(Permission.IMPORT):
            address.show_open("import_data", _("The import"), {"run": str(view.run)})
        address.show_open("batches", _("All acts"), {})


def _show_about(details: Mapping[str, Any]) -> None:
    """Offer the records that an act on households or on two people was about; each page shows
    what the reader may see."""
    homes = details.get("households", ())
    for number, home in enumerate(homes, start=1):
        of = _("Household {n} of {total}", n=number, total=len(homes))
        label = _("Open household") if len(homes) == 1 else of
        address.show_open("household", label, {"id": home})
    if "survivor" in details:
        address.show_open("beneficiary", _("Open the person"), {"id": details["survivor"]})


def _show_list(order: OrderView) -> None:
    """Offer the list where those who moved stand now."""
    query = {"programme": order.programme} if order.programme else {}
    page = Status(str(order.target)).value.lower()
    label = _("Open the list: {status}", status=say_state(str(order.target)))
    address.show_open(page, label, query)


def _show_undone(view: BatchView, *, here: bool) -> None:
    for undo in view.row.undone_by:
        with st.container(horizontal=True, vertical_alignment="center"):
            when = show_moment(undo.at)
            plain.show_text(_("Undo by {who} on {when}", who=undo.actor, when=when))
            _show_other(_("Its receipt"), undo.batch, here=here)


def _show_other(label: str, batch: UUID, *, here: bool) -> None:
    """Show the way to the receipt of another batch."""
    if here:
        address.show_open("batch", label, {"id": str(batch)})
    else:
        icon = ":material/open_in_new:"
        address.show_same(label, {"id": [batch]}, f"batch_{batch}", icon=icon)


def _show_counts(counts: Mapping[str, object]) -> None:
    """Show the numbers of a batch that was no move of statuses."""
    shown: Sequence[tuple[str, str]] = [
        (_COUNTS[name](), show_number(value))
        for name, value in counts.items()
        if name in _COUNTS and isinstance(value, int) and (value or name not in _MOVED)
    ]
    if shown:
        plain.show_pairs(shown)
