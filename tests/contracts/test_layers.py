"""The sources keep to the house, and the check that says so goes red when they do not."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.contracts.house import breaches


def test_every_source_keeps_to_the_house() -> None:
    assert breaches(ROOT) == []


WRONG = {
    "domain reads the database": ("core/domain/x.py", "from core.storage import y", "may not"),
    "a page reaches the routes": ("pages/x.py", "from core.http import y", "may not"),
    "the screen imports the routes": ("core/ui/x.py", "import core.http.y", "may not"),
    "storage calls a service": ("core/storage/x.py", "from core.services.y import z", "may not"),
    "alerts import search": ("core/alerts/x.py", "def f():\n    import core.search.y", "may not"),
    "a service calls a service": ("core/services/x.py", "from core.services import y", "service"),
    "a step imports a step": ("core/etl/x.py", "from core.etl import y", "import step"),
    "a step imports a step of another folder": (
        "core/etl/tables/x.py",
        "from core.etl.values import y",
        "import step",
    ),
    "a source imports a source": ("core/etl/extract/x.py", "import core.etl.extract.y", "step"),
    "an inner part from outside": ("core/etl/x.py", "import core.etl.extract._y", "step"),
    "an import from nowhere": ("core/ui/x.py", "import core.nowhere", "what is not there"),
    "a relative import": ("core/ui/x.py", "from . import y", "relative import"),
    "SQL in a service": ("core/services/x.py", "import sqlalchemy", "may not"),
    "widgets in the domain": ("core/domain/x.py", "import streamlit as st", "may not"),
    "a package nobody decided on": ("core/etl/x.py", "import polars", "may not"),
    "a call over the network": ("core/etl/x.py", "import requests", "etl may not import requests"),
    "a pickle": ("core/search/x.py", "import pickle", "executes"),
    "state outside the session": ("core/ui/x.py", "st.session_state['a'] = 1", "session.py"),
    "a cache outside its file": ("core/ui/x.py", "@st.cache_data(ttl=1)\ndef f(): ...", "cache.py"),
    "raw markup": ("core/ui/x.py", "st.markdown(t, unsafe_allow_html=True)", "markup"),
    "rows by public address": ("core/ui/x.py", "st.download_button('a', rows)", "one-time-token"),
    "an engine of its own": ("core/services/x.py", "e = create_engine(u)", "core/storage/"),
    "a broad handler": ("core/ui/x.py", "try:\n  f()\nexcept Exception:\n  g()", "catches"),
    "a file without a room": ("core/utils/x.py", "", "no listed room"),
    "a script at the top": ("x.py", "", "no listed room"),
    "a long file": ("core/domain/x.py", "a = 1\n" * 301, "301 lines"),
    "a long page": ("pages/x.py", "a = 1\n" * 41, "41 lines"),
    "a long function": ("core/domain/x.py", "def f():\n" + "    a = 1\n" * 40, "41 lines"),
    "many parameters": ("core/domain/x.py", "def f(a, b, c, d, *, e, g, h): ...", "7 parameters"),
}


@pytest.mark.parametrize(("name", "source", "words"), WRONG.values(), ids=WRONG)
def test_a_planted_wrong_source_is_named(
    tmp_path: Path, name: str, source: str, words: str
) -> None:
    for folder in ("http", "storage", "services", "search", "etl", "etl/extract", "etl/values"):
        _plant(tmp_path / "core" / folder / "y.py", "")
    _plant(tmp_path / "core/etl/extract/_y.py", "")
    _plant(tmp_path / name, source)

    found = breaches(tmp_path)

    assert len(found) == 1
    assert found[0].startswith(f"{name}: ")
    assert words in found[0]


RIGHT = {
    "a page shows a widget": ("pages/x.py", "from core.ui import y"),
    "a service composes": ("core/services/x.py", "from core.storage import y\nimport core.etl.y"),
    "the pipeline composes the steps": ("core/etl/pipeline.py", "from core.etl import y"),
    "a source uses an inner part": ("core/etl/extract/x.py", "import core.etl.extract._y"),
    "a step uses the shared rows": ("core/etl/x.py", "from core.etl.rows import Row"),
    "storage writes SQL": ("core/storage/x.py", "from sqlalchemy import create_engine"),
    "the session holds the state": ("core/ui/session.py", "st.session_state['a'] = 1"),
    "a method with six parameters": ("core/ui/x.py", "def f(self, a, b, c, d, e, g): ..."),
}


@pytest.mark.parametrize(("name", "source"), RIGHT.values(), ids=RIGHT)
def test_a_right_source_is_left_alone(tmp_path: Path, name: str, source: str) -> None:
    for place in ("ui/y.py", "storage/y.py", "etl/y.py", "etl/rows.py", "etl/extract/_y.py"):
        _plant(tmp_path / "core" / place, "")
    _plant(tmp_path / name, source)

    assert breaches(tmp_path) == []


def _plant(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
