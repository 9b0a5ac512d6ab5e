"""The programmes that one may change: how full they are, the way to each, and a further one."""

from collections.abc import Sequence

import streamlit as st

from core.domain.fields import Status
from core.domain.permissions import Actor, may_design
from core.domain.words import label_code
from core.models import Unit
from core.services import exports, programmes
from core.services.programmes import Summary
from core.text import _
from core.ui import address, feedback, plain, session
from core.ui.widgets import download, programme_page
from core.ui.widgets.programme_words import UNITS, say_rule, say_standing, say_taken

_CODE = "code"
_OF_ONE = (_CODE, "part", "move", "attribute")


def show(actor: Actor) -> None:
    """Show the list, or the programme that the address names."""
    code = address.read(_CODE)
    if not code:
        st.title(_("Programmes"))
        with feedback.errors_shown():
            _show_list(actor, programmes.list_designs(actor))
        return
    st.button(
        _("All programmes"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=address.forget,
        args=_OF_ONE,
    )
    with feedback.errors_shown():
        programme_page.show(actor, code)


def _show_list(actor: Actor, found: Sequence[Summary]) -> None:
    may_add = may_design(actor, None)
    if found:
        statuses = [label_code(status) for status in Status]
        heads = (_("Programme"), _("Enrols"), *statuses, _("Places taken"), _("Household rule"))
        plain.show_table(heads, [_cells(one) for one in found])
        download.show_csv("programmes", lambda hash_: exports.request_programmes(actor, hash_))
    elif may_add:
        st.info(_("There is no programme yet. Add the first one here."))
    else:
        st.info(
            _(
                "None is yours to change: that needs a grant as programme manager over the whole"
                " country. Ask an administrator for one."
            )
        )
    if may_add:
        _show_new(actor, first=not found)


def _cells(one: Summary) -> list[str | plain.Link]:
    way = plain.Link(f"{one.design.name} ({one.code})", "programmes", ((_CODE, one.code),))
    numbers = [say_standing(one.design, one.standings.get(status)) for status in Status]
    taken = say_taken(one.design, one.standings)
    return [way, UNITS[one.design.unit](), *numbers, taken, say_rule(one.design)]


def _show_new(actor: Actor, *, first: bool) -> None:
    with (
        st.expander(_("Add a programme"), expanded=first, icon=":material/add:"),
        st.form("programme_new", border=False),
    ):
        left, middle, right = st.columns([2, 4, 2])
        code = left.text_input(
            _("Code"), max_chars=30, key="programme_new_code", placeholder="CASH-24"
        )
        name = middle.text_input(_("Name"), max_chars=200, key="programme_new_name")
        unit = right.selectbox(
            _("What it enrols"),
            [one.value for one in Unit],
            format_func=lambda one: UNITS[one](),
            key="programme_new_unit",
        )
        if st.form_submit_button(_("Add the programme"), type="primary"):
            with feedback.errors_shown():
                made = programmes.add_programme(actor, code, name, unit or Unit.INDIVIDUAL)
                session.flash(_("{name} is added. Settle how it works here.", name=made.name))
                address.change({_CODE: [made.code]})
                st.rerun()
