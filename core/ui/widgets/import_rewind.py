"""Taking a published import back: what would leave and what stays, the reason, and its undo."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.domain.fields import ATTRIBUTE_PREFIX
from core.domain.permissions import Actor
from core.services import rewind
from core.services.imports import RunView
from core.services.rewind import Preview, RewindReceipt, Standing, Stay
from core.text import _, show_moment, show_number
from core.ui import plain, session
from core.ui.widgets import download, import_acts, import_second, import_tables
from core.ui.widgets.amounts import say_enrolments, say_households, say_people
from core.ui.widgets.import_columns import say_field

_LOOKING, _TYPED_ABOVE = "rewind_looking", 100
_COUNTS = ("people", "households", "enrolments", "restored", "kept")
_REASONS: dict[str, Callable[[], str]] = {
    "outside": lambda: _("outside the areas or programmes you look after now"),
    "merged": lambda: _("merged with another person"),
    "changed": lambda: _("changed since by something else"),
    "matched": lambda: _("found again by another import since"),
    "household": lambda: _("another member of the household stays"),
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
    import_second.show_second_tries(actor, run)
    if found.reasons:
        _show_stays(found.kept + found.households_kept, found.reasons, found.stays)
        download.show_table(actor, run.uuid, "stays")
    elif any((found.people, found.households, found.restored, found.households_restored)):
        plain.show_text(_("Nothing depends on it: all of it can be taken back."))
    reason = st.text_input(_("Reason for the rewind"), key=f"rewind_reason_{run.uuid}")
    typed = _ask_number(run, found)
    import_acts.show_refusal(_LOOKING)
    with st.container(horizontal=True):
        sure = import_acts.button(_("Yes, take it back"), "rewind_take", type="primary")
        st.button(_("Cancel"), key="rewind_cancel", on_click=session.forget, args=(_LOOKING,))
    if sure and not (typed and reason.strip()):
        why = _("Give a reason, and type the number where it is asked.")
        import_acts.refuse(why, _LOOKING)
    if sure:
        session.forget(_LOOKING)
        if run.needs_queue:
            import_acts.do(lambda: rewind.enqueue(actor, run.uuid, reason))
        with st.spinner(_("Taking the import back …")):
            import_acts.do(lambda: _take_back(actor, run, reason))


def _ask_number(run: RunView, found: Preview) -> bool:
    """Have the number of those who leave typed where they are many; return whether it is right."""
    leaving = found.people or found.households
    if leaving <= _TYPED_ABOVE:
        return True
    label = (
        _("Type the number of people who leave: {n}", n=leaving)
        if found.people
        else _("Type the number of households that leave: {n}", n=leaving)
    )
    answer = st.text_input(label, key=f"rewind_typed_{run.uuid}")
    return "".join(c for c in answer if c.isdigit()) == str(leaving)


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
        restored=_say_both(found.restored, found.households_restored),
        kept=_say_both(found.kept, found.households_kept),
    )


def _say_both(people: int, households: int) -> str:
    """Return "2 people and 1 household", without those that are none."""
    if not households:
        return say_people(people)
    if not people:
        return say_households(households)
    return _(
        "{people} and {households}",
        people=say_people(people),
        households=say_households(households),
    )


def _show_stays(kept: int, reasons: Mapping[str, int], stays: Sequence[Stay]) -> None:
    st.markdown(_("What stays, and why:"))
    rows = [(_say_reason(reason), show_number(number)) for reason, number in reasons.items()]
    import_tables.show((_("Why"), _("How many")), rows)
    lines = [
        (
            stay.registration_no or stay.household or _("a record you may not see"),
            _say_reason(stay.reason),
            ", ".join(_say_field(name) for name in stay.fields) or _say_whole(stay),
        )
        for stay in stays
    ]
    with st.expander(_("The first {n} of {total}", n=len(lines), total=show_number(kept))):
        plain.show_table((_("Number"), _("Why"), _("What stays")), lines)


def _say_field(name: str) -> str:
    if name.startswith(ATTRIBUTE_PREFIX):
        return name.removeprefix(ATTRIBUTE_PREFIX)
    return say_field("household_size" if name == "size" else name)


def _say_whole(stay: Stay) -> str:
    if stay.registration_no:
        return _("the whole person")
    return _("the whole household") if stay.household else "–"


def _say_reason(reason: str) -> str:
    return _REASONS[reason]() if reason in _REASONS else reason


def _show_standing(actor: Actor, run: RunView, standing: Standing) -> None:
    """Show the receipt of a rewind, and its undo."""
    counts = {name: int(standing.counts.get(name, 0)) for name in _COUNTS}
    # People and households together: the counts of those who leave tell them apart.
    for name in ("restored", "kept"):
        counts[name] += int(standing.counts.get(f"households_{name}", 0))
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
        import_second.show_second_tries(actor, run)
        if standing.from_source:
            st.caption(_("Its source will not bring these rows again by itself."))
        if import_acts.button(_("Undo the rewind"), "rewind_undo", icon=":material/undo:"):
            if run.needs_queue:
                import_acts.do(lambda: rewind.enqueue(actor, run.uuid, None, standing.batch))
            with st.spinner(_("Putting the import back …")):
                import_acts.do(lambda: _undo(actor, run, standing))


def _undo(actor: Actor, run: RunView, standing: Standing) -> None:
    done = rewind.undo_rewind(actor, standing.batch)
    back = _say_both(done.people, done.households)
    session.flash(_("The import is back: {people}.", people=back))
