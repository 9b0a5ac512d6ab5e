"""A layout known from an earlier file: applied to a new one, and a run's own kept for the next."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.errors import RegistryError
from core.etl.tables.shapes import Layout, Shape
from core.services import imports, mappings
from core.services.imports import Known, RunView
from core.services.mappings import Match
from core.text import _, quote, show_number
from core.ui import feedback, plain, session
from core.ui.widgets import import_acts, import_way

_MOST_NAMED = 6


def apply_exact(actor: Actor, run_uuid: UUID) -> None:
    """Begin a run with the mapping that was saved for the very same headers, if there is one.

    One that does not fit after all is left: the columns are then confirmed by hand.
    """
    try:
        mappings.apply_exact(actor, run_uuid)
    except RegistryError as error:
        session.remember("import_fault", feedback.explain(error))


def set_layout(actor: Actor, run: RunView, layout: Layout, shape: Shape) -> None:
    """Put the table where it is said to stand; its columns may then be those of a known file."""
    imports.set_layout(actor, run.uuid, layout, shape)
    apply_exact(actor, run.uuid)


def show_known(actor: Actor, run: RunView) -> None:
    """Say which saved mapping is in use, or offer the one that fits best."""
    known = run.document.known
    if known is not None:
        _show_in_use(known)
        return
    document = run.document
    fits = mappings.find_for(actor, document.headers, suggestions=document.suggestions)
    if fits and not run.counts:
        _offer(actor, run, fits[0])


def _show_in_use(known: Known) -> None:
    name = _("Known layout: {name}, version {n}", name=known.name, n=known.version)
    with st.container(border=True):
        if known.fresh:
            said = _(
                "Its columns, values and {steps} remedies are applied. New here, to be confirmed:"
                " {columns}.",
                steps=show_number(len(known.steps)),
                columns=_name(known.fresh),
            )
            label, icon, to = _("Confirm the new columns"), "checklist", import_way.COLUMNS
        else:
            said = _(
                "Its columns, values and {steps} remedies are applied. Look through the steps,"
                " or go straight to the check.",
                steps=show_number(len(known.steps)),
            )
            label, icon, to = _("Skip to the check"), "fast_forward", import_way.CHECK
        plain.show_noted(name, said)
        st.button(
            label,
            key="known_skip",
            icon=f":material/{icon}:",
            type="primary",
            on_click=import_way.go,
            args=(to,),
        )


def _offer(actor: Actor, run: RunView, match: Match) -> None:
    same = len(run.document.headers) - len(match.fresh) - len(match.renamed)
    said = [_("{n} columns are the same.", n=show_number(same))]
    if match.renamed:
        pairs = [
            f"{quote(old)} → {quote(new)}" for new, old in list(match.renamed.items())[:_MOST_NAMED]
        ]
        said.append(_("Renamed, it seems: {columns}.", columns=", ".join(pairs)))
    if match.fresh:
        said.append(_("New here: {columns}.", columns=_name(match.fresh)))
    if match.missing:
        said.append(_("Missing here: {columns}.", columns=_name(match.missing)))
    view = match.view
    with st.container(border=True):
        plain.show_noted(
            _("Known layout: {name}, version {n}", name=view.name, n=view.version), " ".join(said)
        )
        if import_acts.button(_("Use this layout"), "known_use"):
            import_acts.do(lambda: mappings.apply(actor, run.uuid, view.name, view.version))


def _name(headers: Sequence[str]) -> str:
    shown = ", ".join(quote(header) for header in headers[:_MOST_NAMED])
    return f"{shown} …" if len(headers) > _MOST_NAMED else shown


def show_save(actor: Actor, run: RunView) -> None:
    """Offer to keep columns, values and remedies for the next file of this kind."""
    known = run.document.known
    with st.expander(_("Remember this layout for the next file")):
        st.caption(
            _(
                "Columns, values and remedies are kept under a name. A file with the same columns"
                " then needs none of these steps."
            )
        )
        name = st.text_input(
            _("Save this mapping as"), value=known.name if known else "", key=f"save_{run.uuid}"
        )
        if import_acts.button(_("Save the mapping"), "known_save", disabled=not name.strip()):
            import_acts.do(lambda: _save(actor, run, name))


def _save(actor: Actor, run: RunView, name: str) -> None:
    version = mappings.save(actor, run.uuid, name)
    session.flash(_("Saved as “{name}”, version {n}.", name=" ".join(name.split()), n=version))
