"""A browser with cookies for the real pages, and registries with a wall through them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy

from core.storage import database
from tests.conftest import FILES, Registry
from tests.security import world as walled
from tests.security.visitor import Browser
from tests.security.world import World


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """What the browser sends to pages and routes alike."""
    made = Browser({})
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _context: made.cookies))
    return made


@pytest.fixture
def world(registry: Registry) -> World:
    """The walled registry, once on each engine."""
    return walled.build()


@pytest.fixture
def small_world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """The walled registry on the embedded engine alone, for what no engine changes."""
    for name in FILES:
        shutil.copy(sqlite_template / name, tmp_path / name)
    database.configure(f"sqlite:///{tmp_path / FILES[0]}", tmp_path)
    yield walled.build()
    database.dispose()
