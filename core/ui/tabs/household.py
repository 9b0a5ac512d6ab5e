"""Household: who lives together, the head first."""

import streamlit as st

from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.services.beneficiaries import PersonView
from core.storage.people import MemberRow
from core.text import _, show_number
from core.ui import address, plain
from core.ui.tabs import Tab
from core.ui.widgets.amounts import say_age, say_people

_WIDTHS = [4, 2, 2, 2, 1.5]


def show_household(_actor: Actor, view: PersonView) -> None:
    home = view.household
    if home is None:
        st.info(_("No household is recorded for this person."))
        return
    title, opener = st.columns([4, 1.5], vertical_alignment="center")
    title.subheader(_("Household {number}", number=home.number))
    with opener:
        address.show_open("household", _("Open household"), {"id": str(home.uuid)})
    plain.show_text(say_people(home.size), faint=True)
    for member in home.members:
        _show_member(member, is_self=member.uuid == view.uuid)
    if home.hidden:
        plain.show_text(
            _("{n} more members are outside what you look after.", n=show_number(home.hidden)),
            faint=True,
        )


def _show_member(member: MemberRow, *, is_self: bool) -> None:
    name, role, sex, age, opener = st.columns(_WIDTHS, vertical_alignment="center")
    with name:
        plain.show_text(member.full_name)
    with role:
        plain.show_text(_role(member))
    with sex:
        plain.show_text(label_code(member.sex))
    with age:
        plain.show_text(say_age(member.age))
    if is_self:
        opener.caption(_("this person"))
    else:
        with opener:
            icon = ":material/open_in_new:"
            address.show_same(_("Open"), {"id": [member.uuid]}, f"member_{member.uuid}", icon=icon)


def _role(member: MemberRow) -> str:
    if member.is_head:
        return _("Head of household")
    return label_code(member.relationship) if member.relationship else _("Member")


TAB = Tab("household", 2, lambda: _("Household"), Permission.SEE_PEOPLE, show_household)
