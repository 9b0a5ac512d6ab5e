"""A file whose rows name several programmes: seen on the file step, made one import for each."""

import streamlit as st

from core.domain.permissions import Actor
from core.services import programme_groups
from core.services.imports import RunView
from core.services.programme_groups import Group, Groups
from core.text import _, quote, show_number
from core.ui import cache, plain, session
from core.ui.widgets import import_acts, import_tables
from core.ui.widgets.run_words import say_state

_MOST_NAMED = 6


def show_split(actor: Actor, run: RunView) -> None:
    """Offer one import for each programme that the rows name; nothing where there is but one."""
    found: Groups | None = cache.of_run(
        actor, run, "programmes", lambda: programme_groups.find_groups(actor, run.uuid)
    )
    if found is None or not found.others:
        return
    names = {one.code: one.name for one in cache.list_programmes(actor)}
    rows = [
        (_name(one, names), show_number(one.rows), _say_texts(one), _say_fate(one, found.own))
        for one in found.groups
    ]
    if found.blank:
        stays = _("stays in this import")
        rows.append((_("No programme named"), show_number(found.blank), "", stays))
    with st.container(border=True):
        plain.show_noted(
            _("The rows belong to several programmes."),
            _("The column “{column}” says which.", column=found.header),
        )
        heads = (_("Programme"), _("Rows"), _("As written in the file"), _("What becomes of them"))
        import_tables.show(heads, rows)
        if not found.blank and list(found.groups) == list(found.others):
            st.caption(_("No row stays in this import: it can then be left alone."))
        label = _("Make one import for each programme: {n}", n=len(found.others) + 1)
        if import_acts.button(label, "split", icon=":material/call_split:"):
            import_acts.do(lambda: _split(actor, run))


def _name(group: Group, names: dict[str, str]) -> str:
    return _("Unknown, or not yours") if group.code is None else names.get(group.code, group.code)


def _say_texts(group: Group) -> str:
    shown = ", ".join(quote(text) for text in group.texts[:_MOST_NAMED])
    return f"{shown} …" if len(group.texts) > _MOST_NAMED else shown


def _say_fate(group: Group, own: str) -> str:
    if group.code is None:
        return _("stays in this import, where the check holds it back")
    return _("stays in this import") if group.code == own else _("an import of its own")


def _split(actor: Actor, run: RunView) -> None:
    made = programme_groups.split(actor, run.uuid)
    session.flash(_("Imports made of this file: {n}.", n=show_number(len(made) + 1)))


def show_parts(actor: Actor, run: RunView) -> None:
    """List the imports that this file became, with a link to each; nothing for another file."""
    if not run.document.parts:
        return
    names = {one.code: one.name for one in cache.list_programmes(actor)}
    rows: list[tuple[str | plain.Link, ...]] = []
    for one in programme_groups.list_parts(actor, run.uuid):
        name, here = names.get(one.programme, one.programme), one.uuid == run.uuid
        rows.append(
            (
                name if here else plain.Link(name, "import_data", (("run", str(one.uuid)),)),
                show_number(one.document.rows_estimate),
                _("rewound") if one.rewound else say_state(one.state),
                _("You are here.") if here else "",
            )
        )
    with st.container(border=True):
        plain.show_text(_("This file became one import for each programme:"))
        plain.show_table((_("Programme"), _("Rows"), _("State"), ""), rows)
