"""The words of findings: how grave one is, where it stands, whom it is about."""

from collections.abc import Callable

from core.etl.rows import Severity
from core.services.imports import Finding
from core.text import _, show_number
from core.ui.plain import Badge

SEVERITIES: dict[str, tuple[str, Callable[[], str], str]] = {
    Severity.CRITICAL: ("●", lambda: _("held back"), "#D55E00"),
    Severity.WARNING: ("▲", lambda: _("published, please look"), "#E69F00"),
    Severity.INFO: ("○", lambda: _("for information"), "#56B4E9"),
}
"""A sign, words and a colour for each severity: the words say all that the others say."""


def say_severity(severity: str) -> str:
    return SEVERITIES[severity][1]()


def say_where(column: str) -> str:
    return column or _("whole row")


def badge_of(finding: Finding, amount: str) -> Badge:
    """Return the line above a cause: its sign, number of rows, severity and column."""
    sign, say, colour = SEVERITIES[finding.severity]
    return Badge(f"{sign} {amount} · {say()} · {say_where(finding.column)}", colour)


def say_causes(causes: tuple[tuple[tuple[str, str, str], int], ...]) -> str:
    """Return how many findings of which severity there are in which columns."""
    return ", ".join(
        _(
            "{n} × {severity} ({column})",
            n=show_number(count),
            severity=say_severity(severity),
            column=say_where(column),
        )
        for (_rule, severity, column), count in causes
    )
