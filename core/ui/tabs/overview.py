"""Overview: identity, contact, identifiers, enrolments and what else the files brought."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from core.domain.fields import FIELDS, WASHINGTON_GROUP, Kind
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.services.beneficiaries import PersonView
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
            plain.show_pairs([(name, _say(value)) for name, value in view.attributes.items()])


def _show_enrolments(view: PersonView) -> None:
    st.subheader(_("Programmes"))
    heads = [_("Programme"), _("Status"), _("Since"), _("Enrolled as")]
    rows = [
        [
            row.programme_name,
            _("Ended") if row.ended_on else label_code(row.status),
            show_date(row.ended_on or row.since),
            _("household") if row.of_household else _("person"),
        ]
        for row in view.enrolments
    ]
    if rows:
        plain.show_table(heads, rows)
    if view.elsewhere:
        plain.show_text(
            _("Also enrolled elsewhere: {n}", n=show_number(view.elsewhere)), faint=True
        )
    elif not rows:
        plain.show_text(_("Enrolled in no programme."), faint=True)


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


def say_value(name: str, value: object) -> str:
    """Return a field's value in the reader's language."""
    field = FIELDS.get(name)
    if field and field.kind is Kind.CODE and value is not None:
        return label_code(str(value))
    return _say(value)


def _say(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return show_date(value)
    if isinstance(value, int | float | Decimal):
        return show_number(value)
    return str(value)


TAB = Tab("overview", 1, lambda: _("Overview"), Permission.SEE_PEOPLE, show_overview)
