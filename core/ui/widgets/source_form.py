"""Adding a source: its kind, its place, its secrets, what it is for; tried before it is kept."""

from typing import Any

import streamlit as st

from core.domain.fields import Status
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import InvalidInput, Words
from core.etl.connect import connectors
from core.services import sources
from core.services.sources import NewSource
from core.text import _
from core.ui import address, cache, session
from core.ui.widgets import source_options, source_timetable
from core.ui.widgets.source_options import Asking


def show(actor: Actor) -> None:
    """Show the form; what it asks for depends on the choices made in it."""
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
    with st.container(border=True):
        connector = known[kind or next(iter(known))]
        asking = Asking(connector, f"option_{kind}")
        new = _ask(actor, asking, programmes)
        bar = st.container(horizontal=True)
        trying = bar.button(_("Try it"))
        adding = bar.button(_("Add the source"), type="primary")
    if not (trying or adding):
        return
    if not new.name.strip():
        asking.refuse("name", Words("Give the source a name."))
    if not asking.is_complete() or not new.name.strip():
        st.error(_("Something is missing: see above."))
        return
    if trying:
        show_sample(sources.try_out(actor, new))
        return
    uuid = sources.add_source(actor, new)
    session.flash(_("The source is added. Nothing has been read yet."))
    address.change({"new": [], "source": [uuid]})
    st.rerun()


def _ask(actor: Actor, asking: Asking, programmes: dict[str, str]) -> NewSource:
    name = st.text_input(_("Name of the source") + " *", max_chars=200, key="source_name")
    asking.slots["name"] = st.empty()
    if asking.connector.tables:
        asking.find_tables = lambda said: sources.list_tables(
            actor, _new(name, said, next(iter(programmes)))
        )
    source_options.show(asking)
    st.markdown(f"**{_('What becomes of the people')}**")
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
        kind=asking.connector.key,
        options=asking.options,
        programme_code=programme or "",
        secrets=asking.secrets,
        status=Status(status or Status.POTENTIAL),
        timetable=timetable,
        publishes=publishes,
    )


def _new(name: str, said: Asking, programme: str) -> NewSource:
    """Return as much of a source as its tables are looked for with."""
    options = {name: value for name, value in said.said.items() if value}
    return NewSource(name, said.connector.key, options, programme, said.secrets)


def show_sample(rows: list[dict[str, Any]]) -> None:
    """Show the first records of a source as they came."""
    if not rows:
        raise InvalidInput("The source answers, and holds no record.")
    st.success(_("The source answers. Its first records:"))
    shown = [{name: _as_text(value) for name, value in row.items()} for row in rows]
    st.dataframe(shown, hide_index=True, alt=_("The source answers. Its first records:"))


def _as_text(value: object) -> str:
    return "" if value is None else str(value)[:200]
