"""The search page: who fits, and why they were found."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.domain.permissions import Actor
from core.domain.words import label_code
from core.services.search import Hit
from core.text import _
from core.ui import address, cache, feedback, plain, session

_HEIGHT = 420
_REASONS: dict[str, Callable[[], str]] = {
    "registration_no": lambda: _("same registration number"),
    "identifier": lambda: _("same identifier"),
    "phone": lambda: _("same phone number"),
    "exact_name": lambda: _("same name"),
    "name_starts_with": lambda: _("name starts like this"),
    "sounds_like": lambda: _("name sounds alike"),
    "one_letter_apart": lambda: _("name one letter apart"),
    "two_letters_apart": lambda: _("name two letters apart"),
}


def show(actor: Actor) -> None:
    """Show the search box and the hits of what the address asks for."""
    st.title(_("Search"))
    wanted = show_box(_("Name, registration number, phone or identifier"), key="search_text")
    if not wanted:
        st.caption(
            _(
                "Write a name as you hear it: spelling, accents and the order of names do not"
                " matter. Numbers must be complete."
            )
        )
        return
    with feedback.errors_shown():
        show_hits(cache.find_people(actor, wanted))


def show_box(label: str, key: str) -> str:
    """Show the box for a search text and return the one in the address, where it is kept."""
    wanted = address.read("q").strip()
    session.remember(key, wanted)
    st.text_input(
        label,
        key=key,
        placeholder=label,
        icon=":material/search:",
        max_chars=200,
        label_visibility="collapsed",
        width=380,
        on_change=_take,
        args=(key,),
    )
    return wanted


def _take(key: str) -> None:
    text = str(session.recall(key) or "").strip()
    address.change({"q": [text] if text else []})


def show_hits(hits: Sequence[Hit]) -> None:
    """Show the people found with the reason of each, one to open; or what to try instead."""
    if not hits:
        st.info(
            _(
                "Nobody found in your areas and programmes. Try fewer words, only the family name,"
                " or the registration number."
            )
        )
        return
    st.subheader(_("1 person found") if len(hits) == 1 else _("{n} people found", n=len(hits)))
    bar = st.container(horizontal=True, vertical_alignment="center")
    as_text = bar.toggle(_("Plain table"), key="search_plain", persist_state="session")
    heads = [_("Full name"), _("Registration number"), _("Enrolments"), _("Why found")]
    if as_text:
        rows: list[list[str | plain.Link]] = [
            [_link(hit), hit.registration_no, say_enrolments(hit), say_why(hit)] for hit in hits
        ]
        plain.show_table(heads, rows)
        return
    frame = pd.DataFrame(
        [(hit.name, hit.registration_no, say_enrolments(hit), say_why(hit)) for hit in hits],
        columns=heads,
    )
    state: Any = st.dataframe(
        frame,
        height=min(_HEIGHT, 38 + 35 * len(hits)),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="search_" + "".join(str(hit.uuid)[:4] for hit in hits),
        alt=_("People found"),
    )
    chosen = [hits[position] for position in state.selection.rows if position < len(hits)]
    with bar:
        query = {"id": str(chosen[0].uuid)} if chosen else None
        address.show_open("beneficiary", _("Open"), query)


def say_why(hit: Hit) -> str:
    """Return the reason of a hit in words."""
    return _REASONS[hit.why]() if hit.why in _REASONS else hit.why


def _link(hit: Hit) -> plain.Link:
    return plain.Link(hit.name, "beneficiary", (("id", str(hit.uuid)),))


def say_enrolments(hit: Hit) -> str:
    """Return "CASH Active, SKILLS Potential" of "CASH:ACTIVE" and "SKILLS:POTENTIAL"."""
    pairs = [text.rpartition(":") for text in hit.enrolments]
    return ", ".join(f"{programme} · {label_code(status)}" for programme, _colon, status in pairs)
