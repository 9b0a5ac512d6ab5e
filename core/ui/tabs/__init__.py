"""The tabs of a person's page: one file here is one tab."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from core.domain.permissions import Actor, Permission
from core.registry import discover
from core.services.beneficiaries import PersonView


@dataclass(frozen=True)
class Tab:
    """A tab: its key and place in the row, its title in the reader's language, who sees it."""

    key: str
    place: int
    title: Callable[[], str]
    permission: Permission
    show: Callable[[Actor, PersonView], None]


def find_tabs() -> list[Tab]:
    """Return the tabs in their order."""
    found = cast(dict[str, Tab], discover(__name__, "TAB"))
    return sorted(found.values(), key=lambda tab: (tab.place, tab.key))
