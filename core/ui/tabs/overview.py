"""Overview: identity, contact, identifiers, enrolments and what else the files brought."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.domain.fields import FIELDS, WASHINGTON_GROUP
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.domain.words_lifecycle import say_reason
from core.reports.timeline_words import say_plain, say_value
from core.services.beneficiaries import PersonView
from core.storage.people import EnrolmentRow
from core.text import _, show_date, show_number
from core.ui import plain
from core.ui.tabs import Tab

_IDENTITY = (
    "given_name",
    "middle_name",
    "family_name",
    "sex",
    "birth_date",
    "birth_precision",
    "age",
    "disability",
    "marital_status",
    "registered_on",
)
_CONTACT = ("phone", "email", "address")
_SENSITIVE = (*WASHINGTON_GROUP, "poverty_score", "account")


def show_overview(_actor: Actor, view: PersonView) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader(_("Identity"))
        plain.show_pairs(_pairs(view.fields, _IDENTITY))
    with right:
        _show_enrolments(view)
        _show_contact(view)
    if view.level >= 3:
        with st.expander(_("Sensitive")):
            plain.show_pairs(_pairs(view.fields, _SENSITIVE))
    if view.attributes:
        with st.expander(_("Other columns of the imported files")):
            plain.show_pairs([(name, say_plain(value)) for name, value in view.attributes.items()])


def _show_enrolments(view: PersonView) -> None:
    """Show where the person stands and, apart, where their household does."""
    st.subheader(_("Programmes"))
    own = [row for row in view.enrolments if not row.of_household]
    home = [row for row in view.enrolments if row.of_household]
    for caption, rows in ((_("This person"), own), (_("Their household"), home)):
        if rows:
            plain.show_table(
                [_("Programme"), _("Status"), _("Since")],
                [_enrolment(row) for row in rows],
                caption=caption,
            )
    if view.elsewhere:
        plain.show_text(
            _("Also enrolled elsewhere: {n}", n=show_number(view.elsewhere)), faint=True
        )
    elif not view.enrolments:
        plain.show_text(_("Enrolled in no programme."), faint=True)


def _enrolment(row: EnrolmentRow) -> list[str]:
    programme = row.programme_name
    if row.cycle != 1:
        programme = _("{programme}, cycle {number}", programme=programme, number=str(row.cycle))
    return [programme, say_standing(row), show_date(row.ended_on or row.since)]


def say_standing(row: EnrolmentRow) -> str:
    """Return the status of an enrolment, or that it has ended and why."""
    if not row.ended_on:
        return label_code(row.status)
    if not row.exit_reason:
        return _("Ended")
    return _("Ended: {reason}", reason=say_reason(row.exit_reason))


def _show_contact(view: PersonView) -> None:
    st.subheader(_("Contact and identifiers"))
    if view.level < 2:
        plain.show_text(
            _("Date of birth, contact and identifiers are hidden at your access level."), faint=True
        )
        return
    found = _pairs(view.fields, _CONTACT) + [
        (kind.replace("_", " "), value) for kind, value in view.identifiers
    ]
    if found:
        plain.show_pairs(found)
    else:
        plain.show_text(_("Nothing recorded."), faint=True)


def _pairs(fields: Mapping[str, Any], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return label and value of those fields that the reader may see and that are filled."""
    return [
        (_(FIELDS[name].label), say_value(name, fields[name]))
        for name in names
        if fields.get(name) is not None
    ]


TAB = Tab("overview", 1, lambda: _("Overview"), Permission.SEE_PEOPLE, show_overview)
