"""Every text of the screen is in every language, with the same {places}."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from core.domain import surfaces
from core.domain.fields import FIELDS
from core.etl.connect import connectors
from core.text import LANGUAGES
from core.ui.widgets.reason_words import KINDS, SENTENCES
from tests.conftest import ROOT

TRANSLATED = [code for code in LANGUAGES if code != "en"]
# Words that reach `_` as a value: answers about disability, difficulties, the menu.
ANSWERS = ("yes", "no", "unknown", "no difficulty", "some difficulty", "a lot of difficulty")
SPOKEN = (*ANSWERS, "cannot do at all")


def texts() -> set[str]:
    """Every message of the sources, and what the tables of fields, codes and pages add."""
    found = set(_extracted(ROOT / "core")) | set(_extracted(ROOT / "pages"))
    for field in FIELDS.values():
        found.add(field.label)
        found |= {_as_word(code.value) for code in field.codes or ()}
    found |= {_as_word(word) for word in SPOKEN} | {*SENTENCES, *KINDS}
    for connector in connectors().values():
        found |= {connector.label, *(option.label for option in connector.options)}
    for page in surfaces.PAGES:
        found |= {page.title, page.section}
    return found - {""}


def _extracted(folder: Path) -> Iterator[str]:
    """The literal texts given to `_`, inside f-strings too."""
    for path in sorted(folder.glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _as_word(code: str) -> str:
    """The same as domain.words.label_code before it is translated."""
    return code.replace("_", " ").capitalize()


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def read(code: str) -> Catalog:
    with (ROOT / "data" / "locale" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code: str) -> None:
    catalogue = read(code)

    missing = sorted(
        text for text in texts() if not (found := catalogue.get(text)) or not found.string
    )

    assert missing == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_places_of_its_text(code: str) -> None:
    wrong = [
        message.id
        for message in read(code)
        if message.id and places(str(message.id)) != places(str(message.string))
    ]

    assert wrong == []
