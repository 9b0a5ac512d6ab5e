"""Taking a published import back: what would leave and what stays, the reason, and its undo."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.services import rewind
from core.services.imports import RunView
from core.services.rewind import Preview, RewindReceipt, Standing, Stay
from core.text import _, show_moment, show_number
from core.ui import plain, session
from core.ui.widgets import import_acts, import_tables
from core.ui.widgets.amounts import say_enrolments, say_households, say_people
from core.ui.widgets.import_columns import say_field

_LOOKING, _TYPED_ABOVE = "rewind_looking", 100
_REASONS: dict[str, Callable[[], str]] = {
    "outside": lambda: _("outside the areas or programmes you look after now"),
    "merged": lambda: _("merged with another person"),
    "changed": lambda: _("changed since by something else"),
    "matched": lambda: _("found again by another import since"),
    "status_moved": lambda: _("the status has moved since"),
    "enrolled": lambda: _("enrolled from elsewhere"),
    "joined": lambda: _("somebody else has joined the household since"),
    "taken": lambda: _("a number belongs to another record now"),
    "missing": lambda: _("its place, programme or household is no longer there"),
    "value": lambda: _("some values have changed since"),
}


def show_rewind(actor: Actor, run: RunView) -> None:
    """Offer to take the import back, or to undo that."""
    standing = rewind.standing(actor, run.uuid)
    if standing is not None:
        _show_standing(actor, run, standing)
        return
    with st.container(border=True):
        plain.show_noted(
            _("Rewind"),
            _("Takes this import back, even months later. What others have used since stays."),
        )
        # Looked at once: of a large import that takes a while.
        found: Preview | None = session.recall(_LOOKING)
        if found is not None and found.run == run.uuid:
            _ask(actor, run, found)
        elif import_acts.button(
            _("See what a rewind would do"), "rewind_look", icon=":material/history:"
        ):
            with st.spinner(_("Looking at what depends on it …")):
                import_acts.do(lambda: _look(actor, run))


def _look(actor: Actor, run: RunView) -> None:
    session.remember(_LOOKING, rewind.preview(actor, run.uuid))


def _ask(actor: Actor, run: RunView, found: Preview) -> None:
    plain.show_text(_say_leaving(found))
    if found.kept:
        _show_stays(found.kept, found.reasons, found.stays)
    elif found.people or found.enrolments or found.restored:
        plain.show_text(_("Nothing depends on it: all of it can be taken back."))
    reason = st.text_input(_("Reason for the rewind"), key=f"rewind_reason_{run.uuid}")
    typed = True
    if found.people > _TYPED_ABOVE:
        answer = st.text_input(
            _("Type the number of people who leave: {n}", n=found.people),
            key=f"rewind_typed_{run.uuid}",
        )
        typed = "".join(c for c in answer if c.isdigit()) == str(found.people)
    with st.container(horizontal=True):
        sure = import_acts.button(_("Yes, take it back"), "rewind_take", type="primary")
        st.button(_("Cancel"), key="rewind_cancel", on_click=session.forget, args=(_LOOKING,))
    if sure and not (typed and reason.strip()):
        import_acts.refuse(_("Give a reason, and type the number of people where it is asked."))
    if sure:
        session.forget(_LOOKING)
        if run.needs_queue:
            import_acts.do(lambda: rewind.enqueue(actor, run.uuid, reason))
        with st.spinner(_("Taking the import back …")):
            import_acts.do(lambda: _take_back(actor, run, reason))


def _take_back(actor: Actor, run: RunView, reason: str) -> None:
    done = rewind.rewind(actor, run.uuid, reason)
    session.flash(_("Taken back: {what}", what=_say_leaving(done)))


def _say_leaving(found: Preview | RewindReceipt) -> str:
    return _(
        "{people}, {households} and {enrolments} leave the registry; {restored} get former values"
        " back; {kept} stay or keep something.",
        people=say_people(found.people),
        households=say_households(found.households),
        enrolments=say_enrolments(found.enrolments),
        restored=say_people(found.restored),
        kept=say_people(found.kept),
    )


def _show_stays(kept: int, reasons: Mapping[str, int], stays: Sequence[Stay]) -> None:
    st.markdown(_("What stays, and why:"))
    rows = [(_say_reason(reason), show_number(number)) for reason, number in reasons.items()]
    import_tables.show((_("Why"), _("People")), rows)
    lines = [
        (
            stay.registration_no or _("somebody you may not see"),
            _say_reason(stay.reason),
            ", ".join(say_field(name) for name in stay.fields) or _("the whole person"),
        )
        for stay in stays
    ]
    with st.expander(_("The first {n} of {total}", n=len(lines), total=show_number(kept))):
        import_tables.show((_("Number"), _("Why"), _("What stays")), lines)


def _say_reason(reason: str) -> str:
    return _REASONS[reason]() if reason in _REASONS else reason


def _show_standing(actor: Actor, run: RunView, standing: Standing) -> None:
    """Show the receipt of a rewind, and its undo."""
    counts = {name: int(standing.counts.get(name, 0)) for name in ("people", "households",
              "enrolments", "restored", "kept")}  # fmt: skip
    with st.container(border=True):
        plain.show_noted(
            _("Taken back on {when} by {who}", when=show_moment(standing.at), who=standing.actor),
            _("Reason: {reason}", reason=standing.reason or "–"),
        )
        labels = {
            "people": _("People"),
            "households": _("Households"),
            "enrolments": _("Enrolments"),
            "restored": _("Former values back"),
            "kept": _("Stayed"),
        }
        for column, (name, label) in zip(st.columns(5), labels.items(), strict=True):
            column.metric(label, show_number(counts[name]), border=True)
        if import_acts.button(_("Undo the rewind"), "rewind_undo", icon=":material/undo:"):
            if run.needs_queue:
                import_acts.do(lambda: rewind.enqueue(actor, run.uuid, None, standing.batch))
            with st.spinner(_("Putting the import back …")):
                import_acts.do(lambda: _undo(actor, run, standing))


def _undo(actor: Actor, run: RunView, standing: Standing) -> None:
    done = rewind.undo_rewind(actor, standing.batch)
    session.flash(_("The import is back: {people}.", people=say_people(done.people)))
