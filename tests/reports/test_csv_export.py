"""The export writer: opens everywhere, runs nothing, damages nothing."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reports.csv_export import make_safe, write_csv


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "payload",
    [
        "=1+1", '=HYPERLINK("http://evil","x")', "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)",
        "\t=1", "\r=1", " =1", "\u200b=1", "＝1+1", "＋1+1|x", "-2+3+cmd", "\0=1",
    ],
)  # fmt: skip
def test_a_cell_a_spreadsheet_would_run_gets_an_apostrophe(payload: str) -> None:
    assert make_safe(payload) == "'" + payload


@pytest.mark.parametrize(
    "plain", ["+243810000000", "-5", "+1 (415) 523-8886", "Amina", "", "00123"]
)
def test_numbers_and_plain_words_leave_unharmed(plain: str) -> None:
    assert make_safe(plain) == plain


def test_values_are_written_the_same_everywhere() -> None:
    row = [None, True, False, date(2001, 2, 3), Decimal("12.5000"), 7, "a,b\n“c”"]

    assert read(b"".join(write_csv(["a"] * 7, [row])))[1] == [
        "", "true", "false", "2001-02-03", "12.5", "7", "a,b\n“c”",
    ]  # fmt: skip


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
)
def test_every_text_comes_back_but_for_the_apostrophe(rows: list[list[str]]) -> None:
    back = read(b"".join(write_csv(["a", "b"], rows)))[1:]

    assert back == [[make_safe(cell) for cell in row] for row in rows]
