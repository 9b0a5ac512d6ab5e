"""Find and replace, and fill down, in one column of the whole file."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.etl.remedies.steps import FillDown, FindReplace, LeaveOut, Replace, Step
from core.services.imports import RunView
from core.services.remedies import StepView
from core.text import _, language
from core.ui.widgets import import_acts, import_remedies

_WAYS: dict[str, Callable[[], str]] = {
    "value": lambda: _("Replace whole values"),
    "text": lambda: _("Replace a text inside the cells"),
    "fill": lambda: _("Fill blanks with the value above them"),
    "leave": lambda: _("Leave out the rows with a value"),
}


def show_replace(actor: Actor, run: RunView, taken: Sequence[StepView]) -> None:
    """Offer a correction of one column throughout the file, looked at before it is applied."""
    with st.expander(_("Find and replace, fill down, leave rows out")):
        left, right = st.columns(2)
        way = left.selectbox(
            _("What to do"),
            list(_WAYS),
            format_func=lambda one: _WAYS[one](),
            key=f"replace_way_{language()}",
        )
        header = right.selectbox(_("Column"), list(run.document.headers), key="replace_column")
        step = _make(str(way), str(header))
        if step is None:
            return
        touched = import_remedies.show_foreseen(actor, run, step, taken)
        if import_acts.button(_("Apply"), "replace_apply", type="primary", disabled=not touched):
            import_acts.do(lambda: import_remedies.apply(actor, run, [step]))


def _make(way: str, header: str) -> Step | None:
    """Return the step that is asked for, None while it is not complete."""
    if way == "fill":
        return FillDown(header)
    left, right = st.columns(2)
    old = left.text_input(_("Value in the file"), key="replace_old")
    if way == "leave":
        reason = right.text_input(_("Reason for leaving them out"), key="replace_reason")
        return LeaveOut(reason, header=header, value=old) if old and reason.strip() else None
    new = right.text_input(_("New value"), key="replace_new")
    if not old:
        return None
    return Replace(header, old, new) if way == "value" else FindReplace(header, old, new)
