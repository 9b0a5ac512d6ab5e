"""Letters that went wrong: double encoding is undone, right text is left alone."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.etl.values.letters import fold_digits, repair_mojibake, wrong_letters

UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


def garbled(text: str) -> str:
    """What a program shows that takes UTF-8 for Western European text."""
    return "".join(
        chr(byte) if byte in UNDEFINED else bytes([byte]).decode("cp1252")
        for byte in text.encode("utf-8")
    )


@pytest.mark.parametrize("text", ["José", "Éloïse", "François’", "محمد", "Мария", "Ngô Đình"])
def test_twice_encoded_text_is_put_right(text: str) -> None:
    assert garbled(text) != text
    assert repair_mojibake(garbled(text)) == text
    assert repair_mojibake(garbled(garbled(text))) == text
    assert repair_mojibake(f"Awa {garbled(text)} Ba") == f"Awa {text} Ba"


@pytest.mark.parametrize("text", ["SÃO", "IRMÃ MARIA", "voilà…", "naïve", "Ñandú", "Đỗ", "ÂGE", ""])
def test_right_text_is_left_alone(text: str) -> None:
    assert repair_mojibake(text) == text


@given(
    st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x24F, categories=["L"]), max_size=9)
)
def test_every_latin_word_comes_back(text: str) -> None:
    if repair_mojibake(text) == text:
        assert repair_mojibake(garbled(text)) == text


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("٠١/٠٧/۱۹۷۴", "01/07/1974"),
        ("१९९०", "1990"),
        ("፲፱፻፹፪", "1982"),
        ("፳፻፲፪", "2012"),
        ("፻ ፼ ፪፼ ፩", "100 10000 20000 1"),
        ("A1", "A1"),
    ],
)
def test_digits_of_any_script_are_digits(text: str, digits: str) -> None:
    assert fold_digits(text) == digits


def test_each_text_is_marked_for_what_is_wrong_with_it() -> None:
    texts = pa.array(["JosÃ©", "\u0410nna", "Анна", "José", None])

    marks = {rule: where.tolist().index(True) for rule, where in wrong_letters(texts).items()}

    assert marks == {"mojibake": 0, "mixed_scripts": 1}
    assert wrong_letters(pa.array(["Анна", "José", "محمد"])) == {}
