"""The command about programmes: shown as a document, edited, tried, put in force."""

import json
from pathlib import Path

from tests.cli.test_rules_and_mappings import Shell, shell

__all__ = ["shell"]


def test_a_programme_is_shown_edited_tried_and_changed(shell: Shell, tmp_path: Path) -> None:
    shown = shell("programme", "show", "CASH")
    assert (shown["code"], shown["version"], shown["open"]) == ("CASH", 1, {})
    assert shown["cycles"] == [{"number": 1, "name": "", "starts": None, "ends": None, "open": 0}]
    shown["design"] |= {"capacity": 500, "household_rule": "HEAD"}
    file = tmp_path / "cash.json"
    file.write_text(json.dumps(shown), encoding="utf-8")
    asked = ("programme", "set", "CASH", "--file", str(file))

    tried = shell(*asked, "--check-only")
    assert "Give a reason" in shell.refused(*asked)
    asked += ("--reason", "Donor")
    done = shell(*asked)

    assert tried == {"code": "CASH", "version": 1, "effects": []}
    batch = done.pop("batch")
    assert done == {
        "code": "CASH",
        "version": 2,
        "changed": ["household_rule", "capacity"],
        "effects": [],
        "households": 0,
    }
    assert len(batch) == 36
    assert "has changed this programme since you opened it" in shell.refused(*asked)
    file.write_text('{"capacity": null}', encoding="utf-8")
    assert shell(*asked)["changed"] == ["capacity"]


def test_what_does_not_fit_is_refused_in_a_sentence(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "cash.json"
    for text, words in (
        ("{", "JSON cannot be read"),
        ('{"code": "X", "design": {}}', "about programme X"),
        ('{"moves": [{"before": "A"}]}', "A move leads from"),
    ):
        file.write_text(text, encoding="utf-8")
        assert words in shell.refused("programme", "set", "CASH", "--file", str(file))
    for words in (
        ("add", "X1"),
        ("set", "CASH"),
        ("show", "CASH", "--check-only"),
        ("show", "NONE"),
        ("show", "CASH", "--name", "x"),
    ):
        assert shell.refused("programme", *words)
