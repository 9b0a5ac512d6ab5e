"""A table on the import page, with the same rows as CSV right under it."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from core.text import _
from core.ui import plain


def show(heads: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = "") -> None:
    """Show a table that keyboards can enter, and its CSV to copy."""
    plain.show_table(heads, rows, caption=caption)
    with st.expander(_("This table as CSV, to copy")):
        show_csv(heads, rows)


def show_csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows as CSV to copy."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    plain.show_lines(text.getvalue())
