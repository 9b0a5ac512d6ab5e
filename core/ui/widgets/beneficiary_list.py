"""A status page: how many, which, one to open, all to download."""

import hashlib
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.domain.criteria import Criteria, Op, both, where
from core.domain.fields import Status
from core.domain.permissions import Actor, Permission
from core.domain.words import describe
from core.services import exports
from core.services.beneficiaries import Page
from core.services.list_defaults import ListDefaults
from core.storage.beneficiaries import Count
from core.text import _
from core.ui import address, cache, feedback, plain, session
from core.ui.widgets import (
    list_filters,
    list_order,
    people_table,
    programme_usual,
    search_results,
    transition_ways,
)
from core.ui.widgets.amounts import say_enrolments, say_rows, say_total
from core.ui.widgets.list_filters import Filter


def show(actor: Actor, status: Status) -> None:
    """Show the page of one status; the address holds its filters, order and place."""
    top = st.container(horizontal=True, vertical_alignment="center")
    top.title(_title(status), width="stretch")
    with top:
        wanted = search_results.show_box(_("Find in this list"), key="list_search")
    with feedback.errors_shown():
        if wanted:
            search_results.show_hits(cache.find_people(actor, wanted, status))
            st.button(_("Back to the list"), on_click=address.change, args=({"q": []},))
            return
        places = list_filters.show_filters(actor)
        filters = list_filters.read_filters()
        in_status = where("status", Op.IS, status.value)
        criteria = both(in_status, *(one.criteria for one in filters))
        usual = programme_usual.find(actor)
        columns = usual.columns if usual else {}
        page = cache.read_page(actor, criteria, list_order.read_paging(), tuple(columns))
        _show_total(page.total, filters, places, usual)
        if page.total.enrolments == 0:
            _advise(actor, in_status, filters, places)
            return
        _show_rows(actor, page, criteria, status, columns or people_table.USUAL)
        return
    # Reached after an error only: the way back to a list that works.
    st.button(_("Clear filters"), key="list_clear_all", on_click=list_filters.clear)


def _title(status: Status) -> str:
    titles = {
        Status.POTENTIAL: _("Potential beneficiaries"),
        Status.ACTIVE: _("Active beneficiaries"),
        Status.SUSPENDED: _("Suspended beneficiaries"),
        Status.GRADUATED: _("Graduated beneficiaries"),
    }
    return titles[status]


def _show_total(
    total: Count,
    filters: Sequence[Filter],
    places: Mapping[str, str],
    usual: ListDefaults | None,
) -> None:
    said = describe(list_filters.all_of(filters), places) if filters else _("No filter")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(say_total(total), anchor=False, width="content")
        plain.show_text(said, faint=True)
        programme_usual.show_filter(usual)


def _advise(
    actor: Actor, in_status: Criteria, filters: Sequence[Filter], places: Mapping[str, str]
) -> None:
    """Say what to do about an empty list: import, or relax the filter that hides most."""
    if not filters:
        st.info(_("Nobody has this status yet in the areas and programmes you look after."))
        if actor.allows(Permission.IMPORT):
            st.page_link(address.file_of("import_data"), label=_("Import a file"))
        return
    without = [
        (cache.count(actor, both(in_status, *(o.criteria for o in filters if o is not one))), one)
        for one in filters
    ]
    best, relaxed = max(without, key=lambda pair: pair[0].enrolments)
    if best.enrolments == 0:
        st.info(_("Nobody fits, whichever one condition is dropped. Clear the filters."))
        return
    plain.show_text(
        _(
            "Nobody fits all of these conditions. Without “{condition}” there are {enrolments}.",
            condition=describe(relaxed.criteria, places),
            enrolments=say_enrolments(best.enrolments),
        )
    )
    st.button(_("Drop this condition"), on_click=list_filters.clear, args=(relaxed.names,))


def _show_rows(
    actor: Actor, page: Page, criteria: Criteria, status: Status, columns: Mapping[str, str]
) -> None:
    title, moving = _title(status), actor.allows(Permission.TRANSITION)
    bar = st.container(horizontal=True, vertical_alignment="center")
    as_text = bar.toggle(_("Plain table"), key="list_plain", persist_state="session")
    bar.button(
        _("Previous"),
        icon=":material/chevron_left:",
        disabled=page.previous is None,
        on_click=list_order.go_before,
        args=(page.previous,),
    )
    bar.button(
        _("Next"),
        icon=":material/chevron_right:",
        disabled=page.next is None,
        on_click=list_order.go_after,
        args=(page.next,),
    )
    opener = bar.container(width="content")
    if actor.allows(Permission.EXPORT):
        with bar:
            _show_download(actor, criteria, page.total)
    moves = st.container()
    if as_text:
        chosen = people_table.choose_plain(page.rows, key=_key_of(page)) if moving else []
        people_table.show_plain(page.rows, caption=title, columns=columns)
    else:
        chosen = people_table.show_grid(
            page.rows, key=_key_of(page), alt=title, many=moving, columns=columns
        )
        with opener:
            query = {"id": str(chosen[0]["uuid"])} if len(chosen) == 1 else None
            address.show_open("beneficiary", _("Open"), query)
    if moving:
        with moves:
            transition_ways.show_ways(status, page.total.enrolments, chosen)


def _key_of(page: Page) -> str:
    """A key of the very rows shown: a selection never outlives them."""
    shown = "".join(str(row["enrolment_uuid"]) for row in page.rows)
    return "list_" + hashlib.sha256(shown.encode()).hexdigest()[:16]


def _show_download(actor: Actor, criteria: Criteria, total: Count) -> None:
    """Offer the whole filtered list: first the ticket, then the link that spends it."""
    asked = st.button(
        _("Prepare download"),
        icon=":material/download:",
        help=_("All rows of this filter, with every column you may see, as CSV."),
    )
    if not asked:
        return
    token = exports.request_download(actor, session.find().token_hash, criteria)
    label = _("Download {rows}: once, within a minute", rows=say_rows(total.enrolments))
    st.html(f'<a href="/download/{escape(token)}" download>{escape(label)}</a>')
