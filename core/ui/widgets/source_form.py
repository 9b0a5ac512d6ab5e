"""Adding a source: its kind, its place, its secrets, what it is for; tried before it is kept."""

from typing import Any

import streamlit as st

from core.domain.fields import Status
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import InvalidInput
from core.etl.connect import Connector, Option, connectors
from core.services import sources
from core.services.sources import NewSource
from core.text import _
from core.ui import address, cache, session
from core.ui.widgets import source_timetable


def show(actor: Actor) -> None:
    """Show the form; a kind is chosen first, since each asks for other things."""
    programmes = {one.code: one.name for one in cache.list_programmes(actor)}
    if not programmes:
        st.info(_("There is no programme to import into yet. Ask an administrator to add one."))
        return
    known = connectors()
    kind = st.selectbox(
        _("Kind of source"),
        list(known),
        format_func=lambda key: _(known[key].label),
        key="source_kind",
    )
    with st.form(f"source_new_{kind}"):
        new = _ask(known[kind], programmes)
        bar = st.container(horizontal=True)
        trying = bar.form_submit_button(_("Try it"))
        adding = bar.form_submit_button(_("Add the source"), type="primary")
    if trying:
        show_sample(sources.try_out(actor, new))
    if adding:
        uuid = sources.add_source(actor, new)
        session.flash(_("The source is added. Nothing has been read yet."))
        address.change({"new": [], "source": [uuid]})
        st.rerun()


def _ask(connector: Connector, programmes: dict[str, str]) -> NewSource:
    name = st.text_input(_("Name of the source"), max_chars=200)
    options = ask_options(connector, {})
    secrets = ask_secrets(connector, ())
    left, right = st.columns(2)
    programme = left.selectbox(
        _("Programme they are enrolled in"),
        list(programmes),
        format_func=lambda code: programmes.get(code, code),
    )
    status = right.selectbox(
        _("Status they begin with"), list(Status), format_func=lambda one: label_code(str(one))
    )
    timetable = source_timetable.ask(None)
    publishes = st.checkbox(_("Publish clean rows without a look"))
    return NewSource(
        name=name,
        kind=connector.key,
        options=options,
        programme_code=programme or "",
        secrets=secrets,
        status=Status(status or Status.POTENTIAL),
        timetable=timetable,
        publishes=publishes,
    )


def ask_options(connector: Connector, now: dict[str, Any]) -> dict[str, Any]:
    """Show an entry for each option of a connector; return those that are filled."""
    said = {option.name: _ask_option(connector, option, now) for option in connector.options}
    return {name: value for name, value in said.items() if value}


def _ask_option(connector: Connector, option: Option, now: dict[str, Any]) -> str:
    label = _(option.label) + (" *" if option.required else "")
    key = f"option_{connector.key}_{option.name}"
    value = str(now.get(option.name) or option.default or "")
    if option.choices:
        choices = list(option.choices) if option.required or value else ["", *option.choices]
        index = choices.index(value) if value in choices else 0
        return st.selectbox(label, choices, index=index, key=key) or ""
    return st.text_input(label, value, key=key, help=option.name).strip()


def ask_secrets(connector: Connector, known: tuple[str, ...]) -> dict[str, str]:
    """Show an entry for each secret; what is kept is never shown, only that there is one."""
    said = {}
    for name in connector.secret_names:
        kept = _("kept; fill in to replace it") if name in known else ""
        said[name] = st.text_input(
            _("Secret “{name}”", name=name),
            type="password",
            placeholder=kept,
            key=f"secret_{connector.key}_{name}",
            autocomplete="off",
        )
    return {name: value for name, value in said.items() if value}


def show_sample(rows: list[dict[str, Any]]) -> None:
    """Show the first records of a source as they came."""
    if not rows:
        raise InvalidInput("The source answers, and holds no record.")
    st.success(_("The source answers. Its first records:"))
    shown = [{name: _as_text(value) for name, value in row.items()} for row in rows]
    st.dataframe(shown, hide_index=True, alt=_("The source answers. Its first records:"))


def _as_text(value: object) -> str:
    return "" if value is None else str(value)[:200]
