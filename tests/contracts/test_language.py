"""Every text of the screen is in every language, with the same {places}."""

import ast
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from core.domain import surfaces
from core.domain.fields import FIELDS
from core.domain.permissions import Permission
from core.errors import NotAllowed, NotFound
from core.etl.connect import connectors
from core.text import LANGUAGES
from core.ui.widgets.reason_words import KINDS, SENTENCES
from tests.conftest import ROOT

TRANSLATED = [code for code in LANGUAGES if code != "en"]
# Words that reach `_` as a value: answers about disability, difficulties, the menu.
ANSWERS = ("yes", "no", "unknown", "no difficulty", "some difficulty", "a lot of difficulty")
SPOKEN = (*ANSWERS, "cannot do at all")
# Errors that only the command line and who writes an extension get to see: in English.
ENGLISH_ALONE = ("core/commands/", "core/cli.py", "core/registry.py")
# What these take first is a value of their own sentence.
TAKE_A_VALUE = {"NotAllowed", "TooManyAttempts", "UnsafeMapping"}
SENTENCES_OF = {
    "NotFound": "{} was not found.",
    "NotAllowed": "Your account has no permission to {}. Ask an administrator for a grant.",
}


def texts() -> set[str]:
    """Every message of the sources, and what the tables of fields, codes and pages add."""
    found = set(_extracted(ROOT / "core")) | set(_extracted(ROOT / "pages"))
    for field in FIELDS.values():
        found.add(field.label)
        found |= {_as_word(code.value) for code in field.codes or ()}
    found |= {_as_word(word) for word in SPOKEN} | {*SENTENCES, *KINDS}
    for connector in connectors().values():
        asked = (*connector.options, *connector.secrets)
        found |= {connector.label, *(text for option in asked for text in option.texts())}
    for page in surfaces.PAGES:
        found |= {page.title, page.section}
    found |= {SENTENCES_OF["NotAllowed"].format(one) for one in Permission}
    found |= {raised.text for raised in errors_raised() if raised.text and not raised.english}
    return found - {""}


def _extracted(folder: Path) -> Iterator[str]:
    """The literal texts given to `_`, inside f-strings too."""
    for path in sorted(folder.glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


@dataclass(frozen=True)
class Raised:
    """An error or `Words` as the sources make it: the text it begins with, if it is a constant."""

    where: str
    kind: str
    text: str
    first: ast.expr | None
    given: frozenset[str]

    @property
    def english(self) -> bool:
        return self.where.startswith(ENGLISH_ALONE)


@cache
def errors_raised() -> list[Raised]:
    """Every call of a RegistryError of any kind, and of `Words`, with what stands in it."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "core").glob("**/*.py"))
    }
    kinds = _kinds_of_errors(trees.values()) | {"Words"}
    return [
        _raised(name, node, kind)
        for name, tree in trees.items()
        for node, kind in _calls(tree, kinds)
        if name != "core/errors.py" or kind == "super"
    ]


def _kinds_of_errors(trees: Iterable[ast.Module]) -> set[str]:
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    kinds, before = {"RegistryError"}, 0
    while len(kinds) > before:
        before = len(kinds)
        kinds |= {one.name for one in classes if {ast.unparse(base) for base in one.bases} & kinds}
    return kinds


def _calls(tree: ast.Module, kinds: set[str]) -> Iterator[tuple[ast.Call, str]]:
    """The calls of errors, and those by which an error class gives its own sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func).split(".")[-1]) in kinds:
            yield node, name
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "super().__init__":
                    yield inner, "super"


def _raised(name: str, call: ast.Call, kind: str) -> Raised:
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) else ""
    if isinstance(text, str) and text:
        text = SENTENCES_OF.get(kind, "{}").replace("{}", text)
    given = frozenset(word.arg or "**" for word in call.keywords)
    return Raised(f"{name}:{call.lineno}", kind, str(text), first, given)


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


def _written() -> Iterator[str]:
    """Every literal text of the sources, as it stands and as an error says it."""
    for path in (ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
                yield from (kind(node.value).template for kind in (NotFound, NotAllowed))


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_of_a_text_that_nothing_says(code: str) -> None:
    said = texts() | set(_written())

    assert [message.id for message in read(code) if message.id and message.id not in said] == []


def test_the_text_of_an_error_is_a_constant_that_can_be_translated() -> None:
    wrong = [
        f"{raised.where}: {raised.kind}({ast.unparse(raised.first)})"
        for raised in errors_raised()
        if raised.first is not None
        and not raised.text
        and not raised.where.startswith("core/errors.py")  # the frames of SENTENCES_OF
        and (isinstance(raised.first, ast.JoinedStr | ast.BinOp) or _must_be_text(raised))
    ]

    assert wrong == []


def _must_be_text(raised: Raised) -> bool:
    # `Words` of a variable are words of a table that is collected elsewhere.
    return raised.kind not in TAKE_A_VALUE | {"Words", "super"}


def test_an_error_is_given_the_values_of_its_places() -> None:
    wrong = [
        f"{raised.where}: {raised.text}"
        for raised in errors_raised()
        if raised.text and {p for p in places(raised.text) if p.isidentifier()} != raised.given
    ]

    assert wrong == []
