"""Who fits the graduation rule of a programme: a line that leads to moving them. People decide."""

import streamlit as st

from core.domain.fields import Status
from core.domain.lifecycle import State
from core.domain.permissions import Actor, Permission
from core.services.cycles import Candidates
from core.text import _
from core.ui import address, cache, plain
from core.ui.widgets import transition_who
from core.ui.widgets.amounts import say_households, say_people, say_total


def show(actor: Actor, programme: str | None = None) -> None:
    """Show a line for each programme in which the actor may move people and somebody fits, or for
    one."""
    if not actor.allows(Permission.TRANSITION):
        return
    for one in cache.list_candidates(actor):
        if one.count and programme in (None, one.programme):
            _show_line(one)


def _show_line(one: Candidates) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        plain.show_text(_say(one))
        query = transition_who.rule_query(one.programme, Status.ACTIVE, one.rule, State.GRADUATED)
        address.show_open(transition_who.PAGE, _("Look at them"), query)


def _say(one: Candidates) -> str:
    """Say how many fit, by what the programme enrols; where both do, as enrolments of both."""
    found = one.found
    if one.count == 1:
        if found.households:
            return _("1 household fits the graduation rule of {programme}.", programme=one.name)
        return _("1 person fits the graduation rule of {programme}.", programme=one.name)
    who = say_total(found) if found.people and found.households else say_people(found.people)
    if not found.people:
        who = say_households(found.households)
    return _("{people} fit the graduation rule of {programme}.", people=who, programme=one.name)
