"""What an act on a household needs to be told, one form for each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core.domain.fields import Relationship
from core.domain.households import Act, ChangeHead, Merge, Move, MovePeople, Split
from core.domain.kinship import propose
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import households
from core.services.households import HomeView, MemberView
from core.settings import today
from core.text import _
from core.ui import cache, session
from core.ui.widgets.household_kin import ask_relationships, say_member

TURN = "household_turn"
"""Counts the forms that are done with: the next one begins empty."""
_DEEPEST = 6
Make = Callable[[], Act]


class Wish(StrEnum):
    """What somebody may tell of a household."""

    MOVED = "moved"
    JOINED = "joined"
    LEFT = "left"
    FOUNDED = "founded"
    SAME = "same"
    HEAD = "head"


@dataclass(frozen=True)
class Form:
    """One form: whose, about which household, and how its fields are named on this page."""

    actor: Actor
    home: HomeView
    wish: Wish

    def key(self, name: str) -> str:
        turn = session.recall(TURN)
        return f"household_{self.home.uuid}_{self.wish}_{name}" + (f"_{turn}" if turn else "")

    @property
    def head(self) -> MemberView | None:
        return next((member for member in self.home.members if member.is_head), None)


def show_form(actor: Actor, home: HomeView, wish: Wish) -> Make:
    """Show the form of a wish; what it returns makes the act, or raises InvalidInput."""
    form = Form(actor, home, wish)
    make = _FORMS[wish](form)
    left, right = st.columns([1, 3])
    with left:
        day = st.date_input(
            _("From which day on?"),
            today(),
            max_value=today(),
            key=form.key("day"),
            persist_state="session",
            format="DD/MM/YYYY",
        )
    with right:
        reason = st.text_input(
            _("Reason"), max_chars=500, key=form.key("reason"), persist_state="session"
        )
    on = day if isinstance(day, date) else today()
    return lambda: make({"household": home.uuid, "on": on, "reason": reason})


_Finish = Callable[[dict[str, Any]], Act]


def _ask_moved(form: Form) -> _Finish:
    place = _pick_place(form)
    return lambda common: Move(**common, place=_needed(place, InvalidInput("Choose the place.")))


def _ask_joined(form: Form) -> _Finish:
    people = _pick_people(form, _("Who goes?"))
    number = _ask_number(form)
    heir = _pick_heir(form, people)
    told = _relate(form, going=people, heir=heir)
    return lambda common: MovePeople(
        **common,
        people=tuple(people),
        to=_find(form, number),
        next_head=heir,
        relationships=told,
    )


def _ask_left(form: Form) -> _Finish:
    people = _pick_people(form, _("Who left?"))
    heir = _pick_heir(form, people)
    told = _relate(form, left=people, heir=heir)
    return lambda common: MovePeople(
        **common, people=tuple(people), next_head=heir, relationships=told
    )


def _ask_founded(form: Form) -> _Finish:
    people = _pick_people(form, _("Who founds a household of their own?"))
    chosen = [member for member in form.home.members if member.uuid in people]
    head = _pick_one(form, _("Who heads the new household?"), "new_head", chosen)
    heir = _pick_heir(form, people)
    place = _pick_place(form, _("Their place, where it is another one"))
    enrol = st.checkbox(
        _("Enrol the new household where this one is enrolled, in the same status"),
        value=True,
        key=form.key("enrol"),
        persist_state="session",
    )
    told = _relate(form, going=people, heir=heir, leader=head)
    return lambda common: Split(
        **common,
        people=tuple(people),
        head=_needed(head, InvalidInput("Choose who heads the new household.")),
        next_head=heir,
        place=place,
        enrol=enrol,
        relationships=told,
    )


def _ask_same(form: Form) -> _Finish:
    number = _ask_number(form, _("Number of the household that stays"))
    told = _relate(form, going=[member.uuid for member in form.home.members])

    def make(common: dict[str, Any]) -> Act:
        into = _find(form, number)
        return Merge(**common, into=into, relationships=told)

    return make


def _ask_head(form: Form) -> _Finish:
    others = [member for member in form.home.members if not member.is_head]
    head = _pick_one(form, _("Who is the head now?"), "head", others)
    told = _relate(form, heir=head)
    return lambda common: ChangeHead(
        **common, head=_needed(head, InvalidInput("Choose who the head is.")), relationships=told
    )


_FORMS: dict[Wish, Callable[[Form], _Finish]] = {
    Wish.MOVED: _ask_moved,
    Wish.JOINED: _ask_joined,
    Wish.LEFT: _ask_left,
    Wish.FOUNDED: _ask_founded,
    Wish.SAME: _ask_same,
    Wish.HEAD: _ask_head,
}


def _needed(value: Any, error: InvalidInput) -> Any:  # noqa: ANN401 - whatever was chosen
    if value is None:
        raise error
    return value


def _find(form: Form, number: str) -> UUID:
    if not number.strip():
        raise InvalidInput("Give the number of the household.")
    return households.find(form.actor, number).uuid


def _pick_people(form: Form, label: str) -> list[UUID]:
    names = {member.uuid: say_member(member) for member in form.home.members}
    return st.multiselect(
        label,
        list(names),
        format_func=lambda uuid: names.get(uuid, ""),
        key=form.key("people"),
        persist_state="session",
        placeholder=_("Choose"),
    )


def _pick_one(form: Form, label: str, name: str, members: Sequence[MemberView]) -> UUID | None:
    names = {member.uuid: say_member(member) for member in members}
    return st.selectbox(
        label,
        list(names),
        index=None,
        format_func=lambda uuid: names.get(uuid, ""),
        key=form.key(name),
        persist_state="session",
        placeholder=_("Choose"),
    )


def _pick_heir(form: Form, going: Sequence[UUID]) -> UUID | None:
    """Ask who leads those who stay, where the head goes and somebody stays."""
    staying = [member for member in form.home.members if member.uuid not in going]
    if form.head is None or form.head.uuid not in going or not staying:
        return None
    label = _("Who heads the household {number} then?", number=form.home.number)
    return _pick_one(form, label, "heir", staying)


def _ask_number(form: Form, label: str = "") -> str:
    return st.text_input(
        label or _("Number of the household they join"),
        key=form.key("number"),
        persist_state="session",
        placeholder="H-000000001-95",
    )


def _pick_place(form: Form, label: str = "") -> str | None:
    """Ask for a place, from the topmost area down; return the code of the deepest one chosen."""
    chosen: str | None = None
    options = cache.list_places(form.actor, None)
    for step in range(_DEEPEST):
        if not options:
            break
        names = {one.code: one.name for one in options}
        picked = st.selectbox(
            (label or _("The new place")) if step == 0 else _("More exactly"),
            list(names),
            index=None,
            format_func=partial(_name_of, names),
            key=form.key(f"place{step}_{chosen}"),
            persist_state="session",
            placeholder=_("Choose"),
        )
        if picked is None:
            break
        chosen = picked
        above = next(one.uuid for one in options if one.code == picked)
        options = cache.list_places(form.actor, above)
    return chosen


def _name_of(names: dict[str, str], code: str) -> str:
    return names.get(code, code)


def _relate(
    form: Form,
    *,
    going: Sequence[UUID] = (),
    left: Sequence[UUID] = (),
    heir: UUID | None = None,
    leader: UUID | None = None,
) -> dict[UUID, Relationship]:
    """Ask what those `going` will be to the head there (`leader`, where it is one of them), and
    those staying to `heir`, who follows the head: as proposed where it follows from what they
    were. Nobody is asked about who `left` for no household."""
    members = form.home.members
    there, here = propose(members, leader), propose(members, heir)
    asked = [one for one in members if one.uuid in going and one.uuid != leader]
    if heir is not None:
        away = {*going, *left, heir}
        asked += [one for one in members if one.uuid not in away]
    proposals = {one.uuid: (there if one.uuid in going else here).get(one.uuid) for one in asked}
    return ask_relationships(asked, proposals, lambda uuid: form.key(f"kin_{uuid}_{leader}_{heir}"))
