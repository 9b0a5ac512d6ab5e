"""The five steps of an import, and the way between them; the address holds where one is."""

from collections.abc import Callable

import streamlit as st

from core.models import RunState
from core.services.imports import RunView
from core.text import _
from core.ui import address

FILE, COLUMNS, VALUES, CHECK, PUBLISH = STEPS = ("file", "columns", "values", "check", "publish")
_TITLES: dict[str, Callable[[], str]] = {
    FILE: lambda: _("File"),
    COLUMNS: lambda: _("Columns"),
    VALUES: lambda: _("Values"),
    CHECK: lambda: _("Check"),
    PUBLISH: lambda: _("Publish"),
}


def title_of(step: str) -> str:
    return _TITLES[step]()


def step_of(run: RunView) -> str:
    """Return the step that the address names, or the one at which the run stands."""
    asked = address.read("step")
    if asked in reachable(run):
        return asked
    if run.state is RunState.DRAFT and not run.counts:
        return FILE
    return CHECK


def reachable(run: RunView) -> tuple[str, ...]:
    """Return the steps that can be opened now: those before the first that is not done."""
    if run.document.mapping is None and run.state is RunState.DRAFT:
        return (FILE, COLUMNS)
    return STEPS if run.state is RunState.CHECKED else STEPS[:-1]


def go(step: str) -> None:
    """Go to a step, at its top."""
    address.change({"step": [step], "kind": [], "after": [], "page": [], "row": []})


def show_rail(run: RunView, at: str, *, locked: bool = False) -> None:
    """Show the steps in a row, where one is, and the way back to each unless work is under way."""
    open_now = () if locked else reachable(run)
    for number, (column, step) in enumerate(zip(st.columns(len(STEPS)), STEPS, strict=True), 1):
        label = f"{number} · {title_of(step)}"
        column.button(
            label,
            key=f"way_{step}",
            type="primary" if step == at else "secondary",
            disabled=step not in open_now,
            on_click=go,
            args=(step,),
            width="stretch",
            help=_("You are here.") if step == at else None,
        )


def show_ways(run: RunView, at: str, *, onward: bool = True) -> None:
    """Show the way back, and the way on where the next step is open."""
    position = STEPS.index(at)
    with st.container(horizontal=True):
        if position:
            st.button(
                _("Back to step {n}", n=position),
                key=f"back_{at}",
                icon=":material/arrow_back:",
                on_click=go,
                args=(STEPS[position - 1],),
            )
        if onward and position + 1 < len(STEPS):
            following = STEPS[position + 1]
            st.button(
                _("Go on: {step}", step=title_of(following)),
                key=f"on_{at}",
                type="primary",
                disabled=following not in reachable(run),
                on_click=go,
                args=(following,),
            )
