"""One person: who it is, then a tab for each kind of thing that is known about them."""

import streamlit as st

from core.domain.fields import Status
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.domain.words_lifecycle import say_reason
from core.errors import NotFound
from core.reports.charts import STATUS_COLOURS
from core.services.beneficiaries import PersonView
from core.storage.people import EnrolmentRow
from core.text import _, show_date
from core.ui import address, cache, feedback, plain
from core.ui.tabs import find_tabs
from core.ui.widgets import tab_row, transition_ways
from core.ui.widgets.amounts import say_age


def show(actor: Actor) -> None:
    """Show the person that the address names; nobody and somebody out of scope look the same."""
    with feedback.errors_shown():
        uuid = address.read_uuid("id")
        if uuid is None:
            raise NotFound("This person")
        view = cache.read_person(actor, uuid)
        show_header(view)
        if actor.allows(Permission.TRANSITION):
            with st.container(horizontal=True, vertical_alignment="center"):
                transition_ways.show_of_person(actor, view)
                address.show_open("merge", _("Mark as a duplicate of…"), {"a": str(view.uuid)})
        tabs = [tab for tab in find_tabs() if actor.allows(tab.permission)]
        places = tab_row.show_tabs({tab.key: tab.title() for tab in tabs})
        for place, tab in zip(places, tabs, strict=True):
            with place:
                tab.show(actor, view)
        return
    st.page_link(address.file_of("search"), label=_("Search for somebody else"))


def show_header(view: PersonView) -> None:
    """Show the one header of a person: name, number, age, sex, places, status per programme."""
    fields = view.fields
    facts = [
        str(fields["registration_no"]),
        label_code(str(fields["sex"])),
        say_age(fields["age"]),
        " › ".join(view.places) or _("Place not assigned"),
    ]
    plain.show_heading(str(fields["full_name"]), " · ".join(fact for fact in facts if fact))
    if view.led_here:
        plain.show_text(
            _("The number {number} led here: the two were merged.", number=view.led_here),
            faint=True,
        )
    badges = [_badge_of(row) for row in view.enrolments]
    if fields["disability"]:
        badges.append(plain.Badge(_("With a disability"), "#CC79A7"))
    if not view.enrolments:
        badges.append(plain.Badge(_("In no programme you look after"), "#8888"))
    plain.show_badges(badges)


def _badge_of(row: EnrolmentRow) -> plain.Badge:
    programme = row.programme_name
    if row.of_household:
        programme = _("{programme} (household)", programme=programme)
    if row.ended_on:
        ended = _("{programme}: ended on {day}", programme=programme, day=show_date(row.ended_on))
        if row.exit_reason:
            ended = f"{ended} ({say_reason(row.exit_reason)})"
        return plain.Badge(ended, "#8888")
    said = _(
        "{programme}: {status} since {day}",
        programme=programme,
        status=label_code(row.status),
        day=show_date(row.since),
    )
    return plain.Badge(said, STATUS_COLOURS[Status(row.status)])
