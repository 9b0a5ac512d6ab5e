"""A layout known from an earlier file: applied to a new one, and a run's own kept for the next."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from core.domain.permissions import Actor
from core.errors import RegistryError
from core.etl.columns import remembered
from core.services import imports, mappings, remedies
from core.services.imports import Known, RunView
from core.services.mappings import Match
from core.text import _, show_number
from core.ui import plain, session
from core.ui.widgets import import_acts, import_way

_MOST_NAMED = 6


def apply_exact(actor: Actor, run_uuid: UUID) -> None:
    """Begin a new run with the mapping that was saved for the very same headers, if there is one.

    One that does not fit after all is left: the columns are then confirmed by hand.
    """
    document = imports.describe(actor, run_uuid).document
    fits = [match for match in mappings.find_for(actor, document.headers) if match.exact]
    if fits:
        try:
            _apply(actor, run_uuid, fits[0])
        except RegistryError as error:
            session.remember("import_fault", str(error))


def _apply(actor: Actor, run_uuid: UUID, match: Match) -> None:
    run = imports.describe(actor, run_uuid)
    fitted = remembered.apply(match.view.kept, run.document.suggestions)
    imports.set_mapping(actor, run_uuid, fitted.mapping, fitted.key)
    count = remedies.replay(actor, run_uuid, fitted.steps) if fitted.steps else 0
    kept = remedies.list_steps(actor, run_uuid)
    brought = tuple(one.position for one in kept[len(kept) - count :])
    known = Known(match.view.name, match.view.version, brought)
    imports.note_known(actor, run_uuid, known)


def show_known(actor: Actor, run: RunView) -> None:
    """Say which saved mapping is in use, or offer the one that fits best."""
    known = run.document.known
    if known is not None:
        with st.container(border=True):
            plain.show_noted(
                _("Known layout: {name}, version {n}", name=known.name, n=known.version),
                _(
                    "Its columns, values and {steps} remedies are applied. Look through the steps,"
                    " or go straight to the check.",
                    steps=show_number(len(known.steps)),
                ),
            )
            st.button(
                _("Skip to the check"),
                key="known_skip",
                icon=":material/fast_forward:",
                type="primary",
                on_click=import_way.go,
                args=(import_way.CHECK,),
            )
        return
    fits = mappings.find_for(actor, run.document.headers)
    if fits and not run.counts:
        _offer(actor, run, fits[0])


def _offer(actor: Actor, run: RunView, match: Match) -> None:
    same = len(run.document.headers) - len(match.fresh)
    said = [_("{n} columns are the same.", n=show_number(same))]
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
            import_acts.do(lambda: _apply(actor, run.uuid, match))


def _name(headers: Sequence[str]) -> str:
    shown = ", ".join(f"“{header}”" for header in headers[:_MOST_NAMED])
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
