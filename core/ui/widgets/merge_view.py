"""Merging two records of one person, from the first to the receipt; the address holds the step."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.services.beneficiaries import PersonView
from core.services.search import Hit
from core.text import _
from core.ui import address, cache, feedback, plain
from core.ui.widgets import import_acts, merge_compare, search_results

ONE, OTHER, DONE, TEXT = "a", "b", "done", "q"
"""The names in the address: the two people, the batch of the merge, and the text of the search."""


def show(actor: Actor) -> None:
    """Show the step that the address names."""
    st.title(_("Merge two records of one person"))
    import_acts.show_fault()
    with feedback.errors_shown():
        one, other = address.read_uuid(ONE), address.read_uuid(OTHER)
        if one is None:
            st.info(_("Search for one of the two first, and open them."))
            st.page_link(address.file_of("search"), label=_("Search"))
        elif address.read(DONE):
            _show_done(actor, one)
        elif other is None:
            _show_search(actor, cache.read_person(actor, one))
        else:
            _show_way_back(one)
            merge_compare.show(actor, one, other)
    import_acts.finish()


def _show_search(actor: Actor, view: PersonView) -> None:
    """Have the other record found: people with a like name, or whoever is searched for."""
    name = str(view.fields["full_name"])
    plain.show_heading(name, str(view.fields["registration_no"]), level=3)
    st.caption(_("Find the other record of this person. Both are shown before anything happens."))
    wanted = search_results.show_box(
        _("Name, registration number, phone or identifier"), key="merge_text"
    )
    hits = [hit for hit in cache.find_people(actor, wanted or name) if hit.uuid != view.uuid]
    if hits:
        st.subheader(
            _("Which of these is the same person?") if wanted else _("People with a like name")
        )
        _show_hits(view.uuid, hits)
    else:
        st.info(_("Nobody else found. Write the other name or registration number above."))


def _show_hits(one: UUID, hits: Sequence[Hit]) -> None:
    for hit in hits:
        told, act = st.columns([5, 1], vertical_alignment="center")
        with told:
            found = [hit.registration_no, search_results.say_enrolments(hit)]
            found.append(search_results.say_why(hit))
            plain.show_noted(hit.name, " · ".join(part for part in found if part))
        act.button(
            _("Compare"),
            key=f"merge_compare_{hit.uuid}",
            on_click=address.change,
            args=({ONE: [one], OTHER: [hit.uuid], TEXT: []},),
            width="stretch",
        )


def _show_way_back(one: UUID) -> None:
    st.page_link(
        address.file_of("merge"),
        label=_("Choose somebody else"),
        icon=":material/arrow_back:",
        query_params={ONE: str(one)},
    )


def _show_done(actor: Actor, survivor: UUID) -> None:
    view = cache.read_person(actor, survivor)
    said = f"{view.fields['full_name']} · {view.fields['registration_no']}"
    plain.show_noted(
        said, _("Both records are one now. The merge can be undone on its receipt, at any time.")
    )
    batch = address.read_uuid(DONE)
    with st.container(horizontal=True):
        address.show_open("beneficiary", _("Open the person"), {"id": str(survivor)})
        address.show_open("batch", _("Receipt and undo"), {"id": str(batch)} if batch else None)
