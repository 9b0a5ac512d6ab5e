"""Spellings that are probably the same, on the values step: one click makes each text one."""

from collections.abc import Iterator, Sequence

import streamlit as st

from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.etl.remedies.steps import Replace
from core.services import remedies, spellings
from core.services.imports import RunView
from core.services.spellings import Spelling
from core.text import _, quote, show_number
from core.ui import address, cache, plain, session
from core.ui.widgets import import_acts, import_remedies, pager

_PER_PAGE, _MOST_SHOWN = 10, 8


def show_spellings(actor: Actor, run: RunView) -> None:
    """Show the texts of free columns that occur in several spellings; nothing where none do."""
    taken = remedies.list_steps(actor, run.uuid)
    found: list[Spelling] = cache.of_run(
        actor,
        run,
        "spellings",
        lambda: spellings.find_spellings(actor, run.uuid),
        import_remedies.version_of(taken),
    )
    if not found:
        return
    asked = address.read_number("page")
    pages = -(-len(found) // _PER_PAGE)
    page = min(max(asked or 1, 1), pages)
    label = _("Spellings that are probably the same: {n}", n=show_number(len(found)))
    with st.expander(label, expanded=asked is not None):
        st.caption(
            _(
                "Each text you tick is written in one way everywhere. Names of people and"
                " numbers are left as they are. It is a remedy like any other: it can be taken"
                " back at the check, and is remembered with the mapping."
            )
        )
        _show_page(actor, run, found[(page - 1) * _PER_PAGE : page * _PER_PAGE], page)
        if pages > 1:
            pager.show_ways(
                "spellings",
                back={"page": [page - 1]} if page > 1 else None,
                on={"page": [page + 1]} if page < pages else None,
                said=_("page {n} of {total}", n=show_number(page), total=show_number(pages)),
            )


def _show_page(actor: Actor, run: RunView, shown: Sequence[Spelling], page: int) -> None:
    columns = list(run.document.headers)
    with st.form(f"spellings_{run.uuid}_{page}", border=False):
        said = [
            (one, *_ask(f"spelling_{run.uuid}_{columns.index(one.header)}", one)) for one in shown
        ]
        sent = st.form_submit_button(
            _("Write those ticked in one way"), icon=":material/spellcheck:", key="spellings_take"
        )
    if sent:
        ticked = [(one, text) for one, take, text in said if take]
        import_acts.do(lambda: _take(actor, run, ticked, page))


def _ask(key: str, one: Spelling) -> tuple[bool, str]:
    """Show one text in its spellings; return whether it is ticked and how it is to be written."""
    key = f"{key}_{one.variants.cluster}_{one.variants.proposed}"
    tick, left, right = st.columns([0.4, 5, 3.6], vertical_alignment="center")
    take = tick.checkbox(
        _("Write “{text}” in one way", text=one.variants.proposed),
        value=one.variants.is_sure,
        key=f"{key}_take",
        label_visibility="collapsed",
    )
    ways = one.variants.spellings
    named = " · ".join(f"{quote(text)} ({show_number(n)})" for text, n in ways[:_MOST_SHOWN])
    with left:
        plain.show_noted(named + (" …" if len(ways) > _MOST_SHOWN else ""), one.header)
    text = right.text_input(
        _("Common spelling of “{text}”", text=one.variants.proposed),
        value=one.variants.proposed,
        key=f"{key}_text",
        label_visibility="collapsed",
    )
    return take, text.strip()


def _take(actor: Actor, run: RunView, ticked: Sequence[tuple[Spelling, str]], page: int) -> None:
    if not ticked:
        raise InvalidInput("Tick the texts that are to be written in one way.")
    if not all(text for _one, text in ticked):
        raise InvalidInput("Say how each text you ticked is to be written.")
    steps = list(_steps(ticked))
    address.change({"page": [page]})  # the list stays open
    remedies.add_steps(actor, run.uuid, steps)
    if run.counts:
        import_remedies.check_if_small(actor, run)
    session.flash(_("Spellings made one: {n}.", n=show_number(len(ticked))))


def _steps(ticked: Sequence[tuple[Spelling, str]]) -> Iterator[Replace]:
    for one, text in ticked:
        for old, _count in one.variants.spellings:
            if old != text:
                yield Replace(one.header, old, text)
