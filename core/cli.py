"""The command line: the services with words instead of screens. docs/cli.md is the contract."""

import argparse
import json
import sys
from collections.abc import Sequence

from core.commands import all_commands
from core.errors import RegistryError
from core.storage.database import dispose, require_schema


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 with a sentence on stderr."""
    asked = build_parser().parse_args(words)
    try:
        if asked.command != "init":
            require_schema()
        answer = asked.run(asked)
    except (RegistryError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2) if asked.json else _in_words(answer))
    return 1 if isinstance(answer, dict) and answer.get("ok") is False else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command; each has `--as USER` and `--json`."""
    parser = argparse.ArgumentParser(prog="python -m core.cli", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in all_commands():
        made = commands.add_parser(command.name, help=command.words, description=command.words)
        for name, options in command.arguments:
            made.add_argument(name, **options)
        made.add_argument("--as", dest="user", metavar="USER", help="act with this user's grants")
        made.add_argument("--json", action="store_true", help="answer in JSON")
        made.set_defaults(run=command.run)
    return parser


def _in_words(answer: object, indent: str = "") -> str:
    """Write an answer as plain lines, `key: value`, nested things indented."""
    if isinstance(answer, dict):
        return "\n".join(f"{indent}{key}:{_inner(value, indent)}" for key, value in answer.items())
    if isinstance(answer, list | tuple):
        return "\n".join(_in_words(item, indent) for item in answer) or f"{indent}none"
    return f"{indent}{answer}"


def _inner(value: object, indent: str) -> str:
    deep = isinstance(value, dict | list | tuple)
    return "\n" + _in_words(value, indent + "  ") if deep else f" {value}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        dispose()
