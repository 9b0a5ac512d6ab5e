"""One household: who it is, then tabs for its members and programmes and for what happened."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.domain.words_lifecycle import say_reason, say_state
from core.errors import NotFound
from core.reports.charts import STATUS_COLOURS
from core.services.exports import Ask
from core.services.household_view import HouseholdPage, Member, ProgrammeView, Standing
from core.text import _, show_date, show_number
from core.ui import address, cache, feedback, plain
from core.ui.widgets import household_acts, tab_row, timeline
from core.ui.widgets.amounts import say_age, say_people

_ENDED = "#8888"


def show(actor: Actor) -> None:
    """Show the household that the address names; none and one out of scope look the same."""
    with feedback.errors_shown():
        uuid = address.read_uuid("id")
        if uuid is None:
            raise NotFound("This household")
        page = cache.read_household(actor, uuid)
        _show_header(page)
        household_acts.show_done(page.uuid)
        titles = {"overview": _("Members and programmes"), "history": _("History")}
        if actor.allows(Permission.TRANSITION):
            titles["acts"] = _("Move, split, merge")
        overview, history, *acts = tab_row.show_tabs(titles)
        with overview:
            _show_programmes(page)
            _show_members(page)
            _show_former(page)
        with history:
            timeline.show(actor, page.history, Ask("household", page.uuid))
        for place in acts:
            with place:
                household_acts.show(actor, page.uuid)
        return
    st.page_link(address.file_of("search"), label=_("Search for somebody"))


def _show_header(page: HouseholdPage) -> None:
    head = next((member.full_name for member in page.members if member.is_head), None)
    facts = [
        say_people(page.size),
        _("head: {name}", name=head) if head else _("no head recorded"),
        " › ".join(page.places) or _("Place not assigned"),
    ]
    plain.show_heading(_("Household {number}", number=page.number), " · ".join(facts))
    if page.led_here:
        plain.show_text(
            _("The number {number} led here: the two were merged.", number=page.led_here),
            faint=True,
        )
    plain.show_badges([_badge(view) for view in page.programmes])


def _badge(view: ProgrammeView) -> plain.Badge:
    said = _("{programme}: {standing}", programme=say_cycle(view), standing=_say_own(view))
    state = view.own.state if view.own else None
    ended = state is None or state is State.EXITED
    return plain.Badge(said, _ENDED if ended else STATUS_COLOURS[Status(str(state))])


def say_cycle(view: ProgrammeView) -> str:
    """Return the name of a programme, with its cycle where that is not the first."""
    if view.cycle == 1:
        return view.name
    return _("{programme}, cycle {number}", programme=view.name, number=str(view.cycle))


def _show_programmes(page: HouseholdPage) -> None:
    """Show side by side where the household stands itself and where its members do."""
    st.subheader(_("Programmes"))
    if page.programmes:
        plain.show_table(
            [_("Programme"), _("The household itself"), _("Its members")],
            [
                [
                    say_cycle(view),
                    _say_own(view),
                    _say_members(view) or _("nobody enrolled individually"),
                ]
                for view in page.programmes
            ],
        )
    if page.elsewhere:
        plain.show_text(
            _("Also enrolled elsewhere: {n}", n=show_number(page.elsewhere)), faint=True
        )
    elif not page.programmes:
        plain.show_text(_("Enrolled in no programme."), faint=True)


def _say_own(view: ProgrammeView) -> str:
    """Return the household's own status, or what follows from its members'."""
    if view.own:
        return _say_standing(view.own)
    return _("no status of its own; members: {statuses}", statuses=_say_members(view))


def _say_members(view: ProgrammeView) -> str:
    """Return "all active", or how many stand where."""
    counted = Counter(one.state for one in view.members.values())
    if not counted:
        return ""
    words = {state: say_state(state).lower() for state in State}
    if len(counted) == 1:
        state, number = counted.popitem()
        if number == 1:
            return _("1 {status}", status=words[state])
        return _("all {n} {status}", n=show_number(number), status=words[state])
    mixed = [(say_state(state), counted[state]) for state in State if counted[state]]
    parts = ", ".join(f"{status} {show_number(number)}" for status, number in mixed)
    return _("mixed: {parts}", parts=parts)


def _say_standing(one: Standing) -> str:
    if one.state is not State.EXITED:
        return _("{status} since {day}", status=label_code(one.state), day=show_date(one.since))
    if not one.exit_reason:
        return _("ended on {day}", day=show_date(one.since))
    reason = say_reason(one.exit_reason)
    return _("ended on {day}: {reason}", day=show_date(one.since), reason=reason)


def _show_members(page: HouseholdPage) -> None:
    st.subheader(_("Members"))
    views = [view for view in page.programmes if view.members]
    plain.show_table(
        [
            *(
                _("Name"),
                _("Relationship to head"),
                _("Sex"),
                _("Age"),
                _("Member since"),
            ),
            *(say_cycle(view) for view in views),
        ],
        [_member(member, views) for member in page.members],
    )
    if page.hidden:
        plain.show_text(
            _("{n} more members are outside what you look after.", n=show_number(page.hidden)),
            faint=True,
        )


def _member(member: Member, views: Sequence[ProgrammeView]) -> list[str | plain.Link | plain.Cell]:
    link = plain.Link(member.full_name, "beneficiary", (("id", str(member.uuid)),))
    role = label_code(member.relationship) if member.relationship else _("Member")
    return [
        plain.Cell("", links=(link,), notes=(member.registration_no,)),
        _("Head of household") if member.is_head else role,
        label_code(member.sex),
        say_age(member.age),
        show_date(member.since),
        *(
            _say_standing(view.members[member.id]) if member.id in view.members else "–"
            for view in views
        ),
    ]


def _show_former(page: HouseholdPage) -> None:
    if not page.former and not page.hidden_former:
        return
    st.subheader(_("Lived here before"))
    if page.former:
        plain.show_table(
            [_("Name"), _("From day"), _("Until day")],
            [
                [
                    plain.Link(one.full_name, "beneficiary", (("id", str(one.uuid)),)),
                    show_date(one.since),
                    show_date(one.until) if one.until else "–",
                ]
                for one in page.former
            ],
        )
    if page.hidden_former:
        plain.show_text(
            _(
                "{n} more who lived here are outside what you look after.",
                n=show_number(page.hidden_former),
            ),
            faint=True,
        )
