"""Which part of a list is shown, and the ways to the parts before and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.text import _, show_number
from core.ui import address, plain

Way = Mapping[str, Sequence[object]]
"""The change of the address that leads to another part."""


@dataclass(frozen=True)
class Span:
    """A part of a list: `shown` of `total` from `at` on, `size` to a part."""

    at: int
    shown: int
    total: int
    size: int


def show_pages(span: Span, name: str) -> None:
    """Show which part of a list this is, and the ways on; nothing where the list is all there.
    `name` holds the place in the address, and names the buttons."""
    if span.total <= span.size and not span.at:
        return
    first = min(span.at + 1, span.total)
    before, after = max(span.at - span.size, 0), span.at + span.size
    said = _(
        "{first}–{last} of {total}",
        first=show_number(first),
        last=show_number(span.at + span.shown),
        total=show_number(span.total),
    )
    show_ways(
        name,
        back={name: [before] if before else []} if span.at else None,
        on={name: [after]} if span.at + span.shown < span.total else None,
        said=said,
    )


def show_ways(
    key: str, *, back: Way | None, on: Way | None, said: str = "", first: str = "", then: str = ""
) -> None:
    """Show the ways to the part before and after, each dead where there is none, and where one
    is; `first` and `then` name them where they are not the one before and the next."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, way, icon, end in (
            (first or _("Previous"), back, "chevron_left", "previous"),
            (then or _("Next"), on, "chevron_right", "next"),
        ):
            st.button(
                label,
                key=f"pager_{key}_{end}",
                icon=f":material/{icon}:",
                disabled=way is None,
                on_click=address.change,
                args=(way or {},),
            )
        if said:
            plain.show_text(said, faint=True)
