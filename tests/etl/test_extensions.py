"""Extensions are found by their file, and a broken one is named."""

import pytest

from core.etl.extract import extractors
from core.registry import BrokenExtension, discover


def package(tmp_path, monkeypatch, name, **modules):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return name


PART = "class Part:\n    key = '{}'\nPART = Part()\n"


def test_each_module_is_found_by_its_key_and_inner_ones_are_left_out(tmp_path, monkeypatch):
    name = package(
        tmp_path, monkeypatch, "parts_a", one=PART.format("1"), two=PART.format("2"), _x=""
    )

    assert sorted(discover(name, "PART")) == ["1", "2"]


def test_a_missing_attribute_and_a_doubled_key_are_errors(tmp_path, monkeypatch):
    empty = package(tmp_path, monkeypatch, "parts_b", one="")
    doubled = package(tmp_path, monkeypatch, "parts_c", one=PART.format("1"), two=PART.format("1"))

    with pytest.raises(BrokenExtension, match=r"parts_b\.one"):
        discover(empty, "PART")
    with pytest.raises(BrokenExtension, match="“1”"):
        discover(doubled, "PART")


def test_every_extractor_claims_endings_of_its_own():
    endings = [suffix for part in extractors().values() for suffix in part.suffixes]

    assert len(endings) == len(set(endings))
    assert {".csv", ".xlsx", ".ods"} <= set(endings)
