"""What a screen may show again without asking again: the only use of Streamlit's caches.

Everything here belongs to one browser session, lives for half a minute, and is keyed by the
actor's grants and by the newest batch: a grant taken away or a file published asks anew. It also
keeps the access log to one event for each state of a list, not one for each click.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import streamlit as st

from core.domain.criteria import Criteria, to_json
from core.domain.fields import Status
from core.domain.permissions import Actor
from core.services import (
    beneficiaries,
    cycles,
    household_view,
    households,
    list_defaults,
    locations,
    merging,
    programmes,
    search,
)
from core.services.beneficiaries import Page, PersonView
from core.services.cycles import Candidates
from core.services.household_view import HouseholdPage
from core.services.households import HomeView
from core.services.imports import RunView
from core.services.list_defaults import ListDefaults
from core.services.locations import LocationView
from core.services.merging import MergePreview, Wish
from core.services.programmes import ProgrammeView
from core.services.search import Hit
from core.settings import today
from core.storage.beneficiaries import Count, Paging
from core.text import language


@st.cache_data(scope="session", ttl=30, max_entries=100, show_spinner=False)
def _keep(key: str, _read: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `_read` returns
    return _read()


def _key(kind: str, actor: Actor, *parts: object) -> str:
    known = [kind, asdict(actor), beneficiaries.data_version(), today(), *parts]
    return json.dumps(known, default=str, sort_keys=True)


def read_page(
    actor: Actor, criteria: Criteria, paging: Paging, columns: Sequence[str] = ()
) -> Page:
    """Return one page of a list."""
    key = _key("page", actor, to_json(criteria), asdict(paging), list(columns))
    page: Page = _keep(key, lambda: beneficiaries.page(actor, criteria, paging, columns))
    return page


def find_defaults(actor: Actor, code: str) -> ListDefaults | None:
    """Return what the lists of a programme show first."""
    key = _key("defaults", actor, code)
    found: ListDefaults | None = _keep(key, lambda: list_defaults.find_defaults(actor, code))
    return found


def count(actor: Actor, criteria: Criteria) -> Count:
    """Return the totals of a list."""
    key = _key("count", actor, to_json(criteria))
    total: Count = _keep(key, lambda: beneficiaries.count(actor, criteria))
    return total


def count_by(actor: Actor, criteria: Criteria, field: str) -> Sequence[tuple[Any, Count]]:
    """Return the totals for each value of a field."""
    key = _key("count_by", actor, to_json(criteria), field)
    totals: Sequence[tuple[Any, Count]] = _keep(
        key, lambda: beneficiaries.count_by(actor, criteria, field)
    )
    return totals


def read_person(actor: Actor, uuid: UUID) -> PersonView:
    """Return one person's page."""
    view: PersonView = _keep(_key("person", actor, uuid), lambda: beneficiaries.get(actor, uuid))
    return view


def list_candidates(actor: Actor) -> Sequence[Candidates]:
    """Return who fits the graduation rules of the programmes in which the actor may move people."""
    key = _key("candidates", actor)
    found: Sequence[Candidates] = _keep(key, lambda: cycles.list_candidates(actor))
    return found


def propose_survivor(actor: Actor, one: UUID, other: UUID) -> UUID:
    """Return whose record stays when two people are merged and nobody says otherwise."""
    key = _key("survivor", actor, one, other)
    found: UUID = _keep(key, lambda: merging.propose_survivor(actor, one, other))
    return found


def preview_merge(actor: Actor, wish: Wish) -> MergePreview:
    """Return what a merge would do."""
    key = _key("merge", actor, asdict(wish))
    found: MergePreview = _keep(key, lambda: merging.preview(actor, wish))
    return found


def read_household(actor: Actor, uuid: UUID) -> HouseholdPage:
    """Return one household's page."""
    page: HouseholdPage = _keep(
        _key("household", actor, uuid), lambda: household_view.get(actor, uuid)
    )
    return page


def describe_home(actor: Actor, uuid: UUID) -> HomeView:
    """Return a household as acts on it see it."""
    view: HomeView = _keep(_key("home", actor, uuid), lambda: households.describe(actor, uuid))
    return view


def find_people(actor: Actor, text: str, status: Status | None = None) -> Sequence[Hit]:
    """Return who fits a search, in one status or in any."""
    key = _key("search", actor, text, status)
    hits: Sequence[Hit] = _keep(key, lambda: search.find(actor, text, status))
    if not hits:
        _keep.clear(key, None)  # who was published a moment ago may be found in the next
    return hits


def list_programmes(actor: Actor) -> Sequence[ProgrammeView]:
    """Return the programmes the actor reaches."""
    views: Sequence[ProgrammeView] = _keep(
        _key("programmes", actor), lambda: programmes.list_programmes(actor)
    )
    return views


def of_run(actor: Actor, run: RunView, kind: str, read: Callable[[], Any], *parts: object) -> Any:  # noqa: ANN401 - whatever `read` returns
    """Return what `read` gives about an import as it stands; its next change asks anew."""
    stands = (run.uuid, run.state, run.counts, run.document.to_json(), *parts)
    return _keep(_key(f"run_{kind}", actor, language(), *stands), read)


def of_move(actor: Actor, read: Callable[[], Any], *parts: object) -> Any:  # noqa: ANN401 - whatever `read` returns
    """Return what `read` gives of an order or a batch; `parts` tell what it is and how it
    stands."""
    return _keep(_key("move", actor, *parts), read)


def list_places(actor: Actor, above: UUID | None) -> Sequence[LocationView]:
    """Return the areas right below one, or the topmost the actor reaches."""
    views: Sequence[LocationView] = _keep(
        _key("places", actor, above), lambda: locations.list_children(actor, above)
    )
    return views
