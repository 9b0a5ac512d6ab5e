"""The sources of a person: a list, the way to add one, and the one that the address names."""

from collections.abc import Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.errors import NotFound
from core.etl.connect import connectors
from core.services import sources
from core.services.sources import SourceView
from core.text import _, show_moment
from core.ui import address, feedback, plain, session
from core.ui.widgets import source_form, source_page


def show(actor: Actor) -> None:
    """Show the list, the form of a new source, or one source."""
    st.title(_("Sources"))
    for said in session.take_flashes():
        st.success(said)
    with feedback.errors_shown():
        if address.read("source"):
            uuid = address.read_uuid("source")
            if uuid is None:
                raise NotFound("Source")
            source_page.show(actor, sources.describe(actor, uuid))
        elif address.read("new"):
            source_form.show(actor)
        else:
            _show_list(sources.list_sources(actor))
            return
    st.button(_("Back to the sources"), on_click=address.forget, args=("source", "new", "kind"))


def _show_list(found: Sequence[SourceView]) -> None:
    live = [source for source in found if not source.retired]
    retired = [source for source in found if source.retired]
    st.button(
        _("Add a source"),
        type="secondary" if live else "primary",
        icon=":material/add:",
        on_click=address.change,
        args=({"new": ["1"]},),
    )
    if not live:
        st.info(
            _(
                "A source is a database or an API, such as KoboToolbox or ODK Central, whose new"
                " and changed records are imported by hand or on a timetable."
            )
        )
    for source in live:
        _show_line(source)
    if retired:
        with st.expander(_("Retired")):
            for source in retired:
                _show_line(source)


def _show_line(source: SourceView) -> None:
    what, state, when, opener = st.columns([4, 3, 3, 1], vertical_alignment="center")
    with what:
        plain.show_noted(source.name, _(connectors()[source.kind].label))
    with state:
        plain.show_text(f"{source.programme} · {source_page.say_state(source)}")
    with when:
        plain.show_text(_say_when(source), faint=True)
    opener.button(
        _("Open"),
        key=f"source_{source.uuid}",
        on_click=address.change,
        args=({"source": [source.uuid]},),
        width="stretch",
    )


def _say_when(source: SourceView) -> str:
    if source.retired:
        return show_moment(source.retired)
    if source.next_at and not source.paused:
        return _("next: {when}", when=show_moment(source.next_at))
    return _("by hand")
