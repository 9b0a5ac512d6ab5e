"""Columns of text as they are cleaned before anything else looks at them."""

from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.etl.cells import clean
from core.etl.connect._values import write_value
from core.etl.extract._texts import row_text
from core.reports.csv_export import make_safe

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def cleaned(text: str) -> str:
    return str(clean(pa.array([text], pa.string()))[0])


@pytest.mark.parametrize(
    "text", ["=1+1", "@home", "-x", "+a", "\t=1", " =1", "\u200b=1", "＝1＋1", "＠x", "－y"]
)
def test_the_apostrophe_of_an_export_is_taken_away_again(text: str) -> None:
    assert make_safe(text) == "'" + text
    assert cleaned(make_safe(text)) == cleaned(text)


@given(texts)
def test_what_an_export_wrote_reads_as_what_it_held(text: str) -> None:
    assert cleaned(make_safe(text)) == cleaned(text) or text.startswith("'")


@pytest.mark.parametrize("text", ["'Abdu", "N'Diaye", "O'Brien", "'", "d'"])
def test_an_apostrophe_that_belongs_to_a_word_stays(text: str) -> None:
    assert cleaned(text) == text


LENGTHS = {
    "255:10:10": timedelta(days=10, hours=15, minutes=10, seconds=10),
    "5:00:00": timedelta(hours=5),
    "-1:30:00": timedelta(minutes=-90),
}


@pytest.mark.parametrize(("text", "length"), LENGTHS.items(), ids=LENGTHS)
def test_a_length_of_time_is_hours_in_no_language(text: str, length: timedelta) -> None:
    assert row_text([length]) == (text,)
    assert write_value(length) == text
