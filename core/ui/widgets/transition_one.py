"""The one person whom a move is about: who it is, where they stand, where else they are."""

from dataclasses import dataclass

import streamlit as st

from core.domain.lifecycle import ExitReason, State
from core.domain.permissions import Actor
from core.domain.words_lifecycle import say_state
from core.services import lifecycle
from core.services.beneficiaries import PersonView
from core.storage.people import EnrolmentRow
from core.text import _, show_date
from core.ui import address, cache, plain
from core.ui.widgets.transition_who import PAGE, PERSON, TARGET, picked_query, read_picks


@dataclass(frozen=True)
class One:
    """A person and the enrolment of theirs that is about to move."""

    person: PersonView
    row: EnrolmentRow


def read_one(actor: Actor) -> One | None:
    """Return the one person whom the address picks; None for several, a filter or numbers."""
    picks, uuid = read_picks(), address.read_uuid(PERSON)
    if len(picks) != 1 or uuid is None:
        return None
    person = cache.read_person(actor, uuid)
    row = next((one for one in person.enrolments if one.uuid == picks[0]), None)
    return None if row is None else One(person, row)


def state_of(row: EnrolmentRow) -> State:
    """Return where an enrolment stands."""
    return State.EXITED if row.ended_on else State(row.status)


def show_one(one: One) -> None:
    """Name the person, their number, and where they stand in the programme of the move."""
    fields, row = one.person.fields, one.row
    standing = _(
        "now: {status} since {day}",
        status=say_state(state_of(row)),
        day=show_date(row.ended_on or row.since),
    )
    told = [str(fields["registration_no"]), row.programme_name, standing]
    if row.of_household:
        told.insert(1, _("the enrolment of their household"))
    plain.show_heading(str(fields["full_name"]), " · ".join(told), level=3)


def show_others(actor: Actor, one: One, target: str | None, reason: str | None) -> None:
    """Name the other open enrolments of somebody who died: each is ended by itself."""
    died = target == State.EXITED and reason == ExitReason.DECEASED
    if not died or one.row.of_household:
        return
    _show_led(one.person)
    others = [
        row
        for row in one.person.enrolments
        if not (row.of_household or row.ended_on or row.uuid == one.row.uuid)
    ]
    if not others:
        return
    known = {terms.code for terms in lifecycle.list_terms(actor)}
    with st.container(border=True):
        plain.show_text(
            _("This person is enrolled elsewhere too. Each enrolment is ended by itself:")
        )
        for row in others:
            name = f"{row.programme_name} · {say_state(state_of(row))}"
            if row.programme in known:
                _show_way(one, row, name)
            else:
                plain.show_noted(name, _("Ask somebody who looks after this programme."))


def _show_led(person: PersonView) -> None:
    """Say of somebody who died that they lead a household still: an exit changes no household."""
    home = person.household
    if home is None or not any(one.is_head and one.uuid == person.uuid for one in home.members):
        return
    with st.container(border=True):
        plain.show_text(
            _(
                "This person is the head of household {number}, and stays so until another head is"
                " chosen there or they are said to have left.",
                number=home.number,
            )
        )
        address.show_open("household", _("Open household"), {"id": str(home.uuid)})


def _show_way(one: One, row: EnrolmentRow, name: str) -> None:
    words, way = st.columns([3, 2], vertical_alignment="center")
    with words:
        plain.show_text(name)
    query = picked_query(row.status, [row.programme], [row.uuid], one.person.uuid)
    way.page_link(
        address.file_of(PAGE),
        # Its code: a name could be read as Markdown here.
        label=_("End {programme} too …", programme=row.programme),
        icon=":material/event_busy:",
        query_params={**query, TARGET: [State.EXITED.value]},
    )
