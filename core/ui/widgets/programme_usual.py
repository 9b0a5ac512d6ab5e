"""The usual filter and the columns of the one programme that a list is about."""

import json

import streamlit as st

from core.domain.criteria import to_json
from core.domain.permissions import Actor
from core.services.list_defaults import ListDefaults
from core.text import _
from core.ui import address, cache
from core.ui.widgets import list_order


def find(actor: Actor) -> ListDefaults | None:
    """Return what the one programme of the address shows first; None for several or none."""
    codes = address.read_all("programme")
    return cache.find_defaults(actor, codes[0]) if len(codes) == 1 else None


def show_filter(defaults: ListDefaults | None) -> None:
    """Offer the programme's usual filter while no other criteria stand in the address."""
    if defaults is None or defaults.criteria is None or address.read("criteria"):
        return
    text = json.dumps(to_json(defaults.criteria), ensure_ascii=False)
    st.button(
        _("Usual filter of {programme}", programme=defaults.name),
        key="list_usual",
        type="tertiary",
        icon=":material/filter_alt:",
        on_click=address.change,
        args=({"criteria": [text], **list_order.START},),
    )
