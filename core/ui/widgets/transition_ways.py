"""The ways into a change of status: from rows of a list, from its filter, from one person."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor
from core.services import lifecycle
from core.services.beneficiaries import PersonView
from core.text import _, show_number
from core.ui import address
from core.ui.widgets.transition_who import PAGE, filtered_query, numbers_query, picked_query


def show_ways(status: Status, total: int, chosen: Sequence[Mapping[str, Any]]) -> None:
    """Offer to move the rows selected, everybody who fits the filter, or a list of numbers."""
    with st.container(horizontal=True, vertical_alignment="center"):
        number = show_number(len(chosen))
        picked = picked_query(
            status.value,
            [str(row["programme"]) for row in chosen],
            [row["enrolment_uuid"] for row in chosen],
            chosen[0]["uuid"] if len(chosen) == 1 else None,
        )
        _link(_("Move {n} selected …", n=number), "how_to_reg", picked if chosen else None)
        fitting = _("Move the one that matches …")
        if total != 1:
            fitting = _("Move all {n} that match …", n=show_number(total))
        _link(fitting, "filter_alt", filtered_query(status))
        _link(_("Move a list of numbers …"), "format_list_numbered", numbers_query())


def _link(label: str, icon: str, query: Mapping[str, Sequence[str]] | None) -> None:
    st.page_link(
        address.file_of(PAGE),
        label=label,
        icon=f":material/{icon}:",
        disabled=query is None,
        query_params=query or None,
    )


def show_of_person(actor: Actor, person: PersonView) -> None:
    """Offer to change the status of each enrolment that the reader may move somewhere."""
    known = {one.code: one for one in lifecycle.list_terms(actor)}
    for row in person.enrolments:
        state = State.EXITED if row.ended_on else State(row.status)
        terms = known.get(row.programme)
        if terms is None or not any(move.before is state for move in terms.moves):
            continue
        query = picked_query(state.value, [row.programme], [row.uuid], person.uuid)
        # Its code: a name could be read as Markdown here.
        name = f"{terms.code} ({_('household')})" if row.of_household else terms.code
        _link(_("Change status: {programme} …", programme=name), "swap_horiz", query)
