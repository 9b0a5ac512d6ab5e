"""No way in or out that core/domain/surfaces.py does not declare: pages, routes, commands."""

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import cli
from core.domain import surfaces
from core.domain.surfaces import Access, Page
from core.http import ROUTES
from core.http.gate import OPEN_PATHS
from tests.conftest import ROOT

PAGES = ROOT / "pages"


def undeclared(folder: Path, declared: tuple[Page, ...]) -> list[str]:
    """How the files of `folder` and the declared pages differ, as sentences."""
    files = {path.name: path for path in folder.glob("*.py")}
    named = {page.file: page for page in declared}
    found = [f"{name}: not declared" for name in files.keys() - named.keys()]
    found += [f"{name}: declared, but not there" for name in named.keys() - files.keys()]
    for name in files.keys() & named.keys():
        wanted = f"session.require(Permission.{named[name].permission.name})"
        statements = ast.parse(files[name].read_text(encoding="utf-8")).body
        acting = [node for node in statements if not is_preamble(node)]
        if not acting or wanted not in ast.unparse(acting[0]):
            found.append(f"{name}: its first statement is not {wanted}")
    return sorted(found)


def is_preamble(node: ast.stmt) -> bool:
    """True for the docstring and imports."""
    says = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return says or isinstance(node, ast.Import | ast.ImportFrom)


def test_every_page_is_declared_and_guarded_and_every_declared_page_is_there() -> None:
    assert undeclared(PAGES, surfaces.PAGES) == []


PLANTED = {
    "an undeclared page": ("x.py", "session.require(Permission.SEE_PEOPLE)", "not declared"),
    "no guard": ("home.py", "home.show(actor)", "first statement"),
    "a late guard": ("home.py", "a = 1\nsession.require(Permission.SEE_PEOPLE)", "first statement"),
    "a weaker guard": ("import_data.py", "session.require(Permission.SEE_PEOPLE)", "IMPORT"),
}


@pytest.mark.parametrize(("name", "source", "words"), PLANTED.values(), ids=PLANTED)
def test_a_planted_wrong_page_is_named(tmp_path: Path, name: str, source: str, words: str) -> None:
    for path in PAGES.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / name).write_text(source, encoding="utf-8")

    found = undeclared(tmp_path, surfaces.PAGES)

    assert len(found) == 1
    assert words in found[0]


def test_every_route_is_declared_with_its_methods_and_what_stands_before_it() -> None:
    served = {route.path: methods_of(route.endpoint) for route in ROUTES}
    declared = {route.path: route.methods for route in surfaces.ROUTES}
    is_open = {route.path for route in surfaces.ROUTES if route.access is Access.OPEN}

    assert served == declared
    assert is_open == OPEN_PATHS


def methods_of(endpoint: object) -> frozenset[str]:
    verbs = ("get", "post", "put", "patch", "delete", "options")
    return frozenset(verb.upper() for verb in verbs if hasattr(endpoint, verb))


def test_every_command_is_declared_and_every_declared_command_is_there() -> None:
    assert set(commands_of(cli.build_parser())) == {one.words for one in surfaces.COMMANDS}


def commands_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The words of each command; `user add` is `user` with an argument of fixed choices."""
    (kinds,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in kinds.choices.items():
        (action,) = [a.choices for a in command._actions if a.dest == "action"] or [[None]]
        yield from (f"{name} {word}" if word else name for word in action or ())
