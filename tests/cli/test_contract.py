"""docs/cli.md and the program say the same."""

import argparse
import re
from pathlib import Path

from core.cli import build_parser
from core.domain.criteria import OPERATORS
from core.domain.fields import FIELDS
from core.domain.permissions import Role

DOCUMENT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands() -> dict[str, argparse.ArgumentParser]:
    parser = build_parser()
    found = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(found.choices)


def sections() -> dict[str, str]:
    """The heading line of each command, by its first word."""
    headings = re.findall(r"^### `(\w+)(.*)`$", DOCUMENT, re.MULTILINE)
    return {name: name + rest for name, rest in headings}


def test_every_command_has_its_section_and_every_section_its_command() -> None:
    assert set(sections()) == set(commands())


def test_every_option_of_a_command_stands_in_its_heading() -> None:
    for name, parser in commands().items():
        said = set(re.findall(r"--[\w-]+", sections()[name]))
        options = {o for action in parser._actions for o in action.option_strings if o[:2] == "--"}
        assert options - {"--help", "--as", "--json"} == said, name


def test_every_command_takes_a_user_and_json() -> None:
    for parser in commands().values():
        options = {o for action in parser._actions for o in action.option_strings}
        assert {"--as", "--json"} <= options


def test_every_field_stands_in_the_table_with_its_type_and_level() -> None:
    for field in FIELDS.values():
        assert f"| `{field.name}` | {field.kind} | {field.level} |" in DOCUMENT


def test_every_code_and_operator_is_named() -> None:
    for codes in [Role, *(field.codes for field in FIELDS.values() if field.codes)]:
        for code in codes:
            assert f"`{code.value}`" in DOCUMENT
    for operators in OPERATORS.values():
        for operator in operators:
            assert f"`{operator.value}`" in DOCUMENT
