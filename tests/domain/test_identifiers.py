"""Two spellings of a number are one where that is sure, and two where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.identifiers import match_form, search_forms


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("national_id", "12-345 678", "12345678"),
        ("national_id", "ab 12/34", "AB1234"),
        ("card", "12 345", "12-345"),
        ("card", "12/345", "12 - 345"),
        ("card", "AB-12", "ab12"),
        ("card", "'00123", "00123"),
        ("card", "1O23", "1023"),
        ("card", "12345l", "123451"),
        ("card", "٠١٢٣", "0123"),
        ("card", "\u200b123 ", "123"),
        ("card", "000I/A", "0001A"),
        ("card", "123-O-A", "1230A"),
    ],
)
def test_these_are_one_number(kind: str, one: str, other: str) -> None:
    assert match_form(kind, one) == match_form(kind, other) != ""


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("card", "1-23", "12-3"),
        ("card", "1-23", "123"),
        ("card", "A-BC", "AB-C"),
        ("card", "OIL12", "01112"),
        ("card", "0123", "123"),
        ("national_id", "O123456", "0123456"),
        ("card", "०१२", "012 3"),
    ],
)
def test_these_are_two(kind: str, one: str, other: str) -> None:
    assert match_form(kind, one) != match_form(kind, other)


@given(st.text("0123456789ABOIlxé -/'.٠١٢", max_size=15), st.sampled_from(["national_id", "card"]))
def test_a_form_is_its_own_form(text: str, kind: str) -> None:
    form = match_form(kind, text)

    assert match_form(kind, form) == form


@given(st.from_regex(r"[0-9A-Z]{1,4}([ /-][0-9A-Z]{1,4}){0,3}", fullmatch=True))
def test_a_search_knows_every_form_a_number_may_be_kept_in(text: str) -> None:
    assert {match_form("national_id", text), match_form("card", text)} <= {*search_forms(text)}


def test_signs_alone_are_no_number() -> None:
    assert (match_form("card", "- / ."), search_forms(" - ")) == ("", ())
