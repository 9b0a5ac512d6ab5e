"""Values of the registry on a page, literally: never as Markdown, never as markup.

Streamlit's Markdown turns `:smile:`, `$x$` or a bare address in a name into something else, and
escaping does not stop all of it; escaped HTML does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import streamlit as st

_CELL = "padding:.3rem .6rem;border-bottom:1px solid #8884;text-align:start;vertical-align:top"
_FAINT = "opacity:.75;font-size:.9rem"
_LINES = (
    "font:.875rem monospace;margin:0;padding:.6rem;overflow-x:auto;user-select:all;"
    "background:#8882;border-radius:.4rem"
)
_ACTION = "display:inline-block;padding:.5rem 1rem;border-radius:.5rem;text-decoration:none"
_BADGE = (
    "display:inline-block;border:1px solid #8888;border-inline-start:.5rem solid {colour};"
    "border-radius:.4rem;padding:.15rem .6rem;margin:0 .4rem .3rem 0"
)


@dataclass(frozen=True)
class Link:
    """A cell that leads somewhere in the application."""

    text: str
    page: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell of several lines: `text`, struck out where it holds no more, what leads on from it,
    and faint notes below."""

    text: str
    struck: bool = False
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Badge:
    """A few words with a coloured edge; the words say all that the colour says."""

    text: str
    colour: str


def show_heading(text: str, note: str, *, level: int = 1) -> None:
    """Show a heading that holds data, such as a name, and a line under it."""
    st.html(
        f'<h{level} dir="auto" style="padding:0;margin:0 0 .3rem">{escape(text)}</h{level}>'
        f'<p dir="auto" style="margin:0">{escape(note)}</p>'
    )


def show_text(text: str, *, faint: bool = False) -> None:
    """Show a paragraph that holds data; `faint` is for what explains."""
    style = f"margin:0;{_FAINT}" if faint else "margin:0"
    st.html(f'<p dir="auto" style="{style}">{escape(text)}</p>')


def show_noted(text: str, note: str) -> None:
    """Show a paragraph with a faint line right under it."""
    st.html(
        f'<p dir="auto" style="margin:0">{escape(text)}</p>'
        f'<p dir="auto" style="margin:0;{_FAINT}">{escape(note)}</p>'
    )


def show_away(address: str, text: str) -> None:
    """Show a link to a page of our own that is none of the screen's."""
    st.html(f'<a href="{escape(address)}" target="_self">{escape(text)}</a>')


def show_lines(text: str) -> None:
    """Show lines to copy as they stand, such as a command.

    Not st.code: its highlighter adds 0.6 MB to the first page on a slow line.
    """
    st.html(f'<pre dir="ltr" style="{_LINES}">{escape(text)}</pre>')


def show_badges(badges: Sequence[Badge], note: str = "") -> None:
    """Show badges in one line that wraps, and a paragraph right under it."""
    spans = "".join(
        f'<span dir="auto" style="{_BADGE.format(colour=badge.colour)}">{escape(badge.text)}</span>'
        for badge in badges
    )
    below = f'<p dir="auto" style="margin:.2rem 0 0">{escape(note)}</p>' if note else ""
    st.html(spans + below)


def show_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Show labels with their values, one under the other."""
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:600;width:14rem">{escape(label)}</th>'
        f'<td dir="auto" style="{_CELL}">{escape(value)}</td></tr>'
        for label, value in pairs
    )
    st.html(f'<table style="border-collapse:collapse;width:100%">{rows}</table>')


def show_table(
    heads: Sequence[str], rows: Sequence[Sequence[str | Link | Cell]], *, caption: str = ""
) -> None:
    """Show a table that keyboards and screen readers can enter."""
    top = "".join(
        f'<th scope="col" style="{_CELL};font-weight:600">{escape(h)}</th>' for h in heads
    )
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    st.html(
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%">'
        f'<caption style="text-align:start;opacity:.75;padding:.2rem 0">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def show_action(link: Link) -> None:
    """Show the way to what comes next, which is on another page, as its primary button."""
    colour = f"background:{st.get_option('theme.light.primaryColor')};color:#fff"
    st.html(_anchor(link, f"{_ACTION};{colour}"))


def _cell(value: str | Link | Cell) -> str:
    if isinstance(value, str):
        return f'<td dir="auto" style="{_CELL}">{escape(value)}</td>'
    if isinstance(value, Cell):
        text = f"<s>{escape(value.text)}</s>" if value.struck else escape(value.text)
        parts = [text, " · ".join(_anchor(link) for link in value.links)]
        notes = "".join(f'<div style="{_FAINT}">{escape(note)}</div>' for note in value.notes)
        return f'<td dir="auto" style="{_CELL}">{" ".join(parts)}{notes}</td>'
    return f'<td dir="auto" style="{_CELL}">{_anchor(value)}</td>'


def _anchor(link: Link, style: str = "") -> str:
    query = f"?{urlencode(link.query)}" if link.query else ""
    look = f' style="{style}"' if style else ""
    address = escape(f"/{link.page}{query}")
    return f'<a href="{address}" target="_self"{look}>{escape(link.text)}</a>'
