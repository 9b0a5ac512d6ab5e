"""Where an import stands, in words."""

from collections.abc import Callable

from core.models import RunState
from core.services.imports import RunView
from core.text import _

_STATES: dict[RunState, Callable[[], str]] = {
    RunState.DRAFT: lambda: _("columns to confirm"),
    RunState.CHECKING: lambda: _("being checked"),
    RunState.CHECKED: lambda: _("checked, not published"),
    RunState.PUBLISHING: lambda: _("being published"),
    RunState.PUBLISHED: lambda: _("published"),
    RunState.FAILED: lambda: _("failed"),
}


def say_state(state: RunState) -> str:
    return _STATES[state]()


def say_file(run: RunView) -> str:
    """Return what an import is called: by its file, and as the second try where it is one."""
    return _("corrected rows of {file}", file=run.file_name) if run.again else run.file_name


def is_unfinished(run: RunView) -> bool:
    """Say whether somebody still has to do something for the run to be published."""
    return run.state in (RunState.DRAFT, RunState.CHECKING, RunState.CHECKED)
