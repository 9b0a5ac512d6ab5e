"""What the tests of the embedded index share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.storage import database
from tests.conftest import FILES, Registry


@pytest.fixture
def sqlite_registry(sqlite_template: Path, tmp_path: Path) -> Iterator[Registry]:
    """A migrated empty registry on the embedded engine alone."""
    for name in FILES:
        shutil.copy(sqlite_template / name, tmp_path / name)
    url = f"sqlite:///{tmp_path / FILES[0]}"
    database.configure(url, tmp_path)
    yield Registry("sqlite", url, tmp_path)
    database.dispose()
