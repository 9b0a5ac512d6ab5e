"""An error is one English sentence, and a text with values that any language can say."""

import pytest

from core.errors import Conflict, InvalidInput, NotFound, UnreadableFile, Words
from core.text import speak, speaking

FORMULA = '{"a": {0}} {file} %s'


def in_french(error: Exception) -> str:
    assert isinstance(error, Conflict | InvalidInput | NotFound | UnreadableFile)
    with speaking("fr"):
        return speak(error.said)


def test_an_error_is_english_as_a_text_and_french_on_a_french_page() -> None:
    error = Conflict("“{file}” is not published, so there is nothing to take back.", file="may.csv")

    assert str(error) == "“may.csv” is not published, so there is nothing to take back."
    assert in_french(error) == "« may.csv » n’est pas publié : il n’y a rien à reprendre."
    assert (error.template[:8], error.values) == ("“{file}”", {"file": "may.csv"})


def test_words_among_the_values_are_translated_in_their_place_and_numbers_written() -> None:
    error = UnreadableFile(
        "{found} Save the table as one of: {endings}.",
        found=Words("{file} is {kind}, not a table.", file="a.xlsx", kind=Words("a PDF document")),
        endings=".csv",
    )
    large = InvalidInput("Give one SELECT of at most {most:,} letters.", most=20_000)

    assert str(error) == "a.xlsx is a PDF document, not a table. Save the table as one of: .csv."
    assert in_french(error).startswith("a.xlsx : c’est un document PDF, pas un tableau. Enreg")
    assert "20,000 letters" in str(large)
    assert "20\u202f000 lettres" in in_french(large)


def test_braces_in_a_value_or_in_a_text_without_values_do_no_harm() -> None:
    error = NotFound("The user “{name}”", name=FORMULA)

    assert str(error) == f"The user “{FORMULA}” was not found."
    assert FORMULA in in_french(error)
    assert str(InvalidInput(FORMULA)) == in_french(InvalidInput(FORMULA)) == FORMULA


def test_no_text_reaches_into_what_a_value_is_made_of() -> None:
    with pytest.raises(KeyError):
        Words("{file.__class__}", file="a")
    packed = '{"template": "{file.__class__}", "values": {"file": "a"}}'
    assert Words.unpack(packed) == packed


def test_what_is_kept_of_an_error_is_found_again_with_its_values() -> None:
    said = Words("{address} {said}.", address=FORMULA, said=Words("status {n:,}", n=1404))

    again = Words.unpack(said.pack(500))

    assert again == said == f"{FORMULA} status 1,404."
    assert (again.template, again.values) == (said.template, said.values)
    assert Words.unpack(said.pack(20)) == said[:20]
    assert Words.unpack("Counted 4 rows.").values == {}
