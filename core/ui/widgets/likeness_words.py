"""Why two people may be one, in words."""

import re
from collections.abc import Callable, Mapping, Sequence

from core.etl.runs.likeness import Reason
from core.text import _, show_number

_DAYS = re.compile(Reason.DAYS_APART.format(n=r"(\d+)"))
_WORDS: Mapping[str, Callable[[], str]] = {
    Reason.SAME_NAME: lambda: _("same name"),
    Reason.NAMES_SWAPPED: lambda: _("names in another order"),
    Reason.SOUNDS_ALIKE: lambda: _("names that sound alike"),
    Reason.SIMILAR_NAME: lambda: _("similar name"),
    Reason.SHARED_NAME: lambda: _("a name in common"),
    Reason.SAME_BIRTH_YEAR: lambda: _("same year of birth"),
    Reason.SAME_BIRTH_DATE: lambda: _("same date of birth"),
    Reason.DAY_AND_MONTH_SWAPPED: lambda: _("day and month of birth swapped"),
    Reason.ONE_DIGIT_APART: lambda: _("dates of birth one digit apart"),
    Reason.SAME_PHONE: lambda: _("same phone number"),
    Reason.SAME_EMAIL: lambda: _("same e-mail address"),
    Reason.SAME_ADDRESS: lambda: _("same address"),
    Reason.SAME_PLACE: lambda: _("same area"),
    Reason.SEX_DIFFERS: lambda: _("sex differs"),
}


def say_likeness(reasons: Sequence[str]) -> str:
    """Return reasons, as the search keeps them, as words."""
    return ", ".join(_say(reason) for reason in reasons)


def _say(reason: str) -> str:
    apart = _DAYS.fullmatch(reason)
    if apart is None:
        return _WORDS[reason]() if reason in _WORDS else reason.replace("_", " ")
    days = int(apart[1])
    if days == 1:
        return _("dates of birth one day apart")
    return _("dates of birth {n} days apart", n=show_number(days))
