"""One change of a programme as its receipt shows it: what was and what is."""

from core.domain.permissions import Actor
from core.services.programme_history import ChangeDetails
from core.text import _
from core.ui import plain
from core.ui.widgets.amounts import say_households
from core.ui.widgets.programme_differences import (
    Line,
    list_cycle,
    list_differences,
    show_differences,
)


def show_change(actor: Actor, change: ChangeDetails) -> None:
    """Show what a change, or its undo, found and left."""
    lines = list_lines(actor, change)
    if lines:
        show_differences(lines)
    if change.households > 0:
        said = say_households(change.households)
        plain.show_text(_("Got a status of their own by it: {n}.", n=said))
    elif change.households < 0:
        said = say_households(-change.households)
        plain.show_text(_("Lost their own status by it: {n}.", n=said))


def list_lines(actor: Actor, change: ChangeDetails) -> list[Line]:
    """Return what a change found and left, line by line."""
    if change.before is not None and change.after is not None:
        return list_differences(actor, change.before, change.after)
    return list_cycle(change.cycle_before, change.cycle_after)
