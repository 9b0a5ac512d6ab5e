"""Each test starts with a registry that is its own, migrated and empty."""

import pytest
from sqlalchemy import inspect, text

from core.storage import database
from tests.conftest import ENGINES, Registry


@pytest.mark.parametrize("turn", [1, 2])
def test_a_registry_is_migrated_and_empty_again_for_every_test(
    registry: Registry, turn: int
) -> None:
    assert registry.engine in ENGINES
    assert "person" in inspect(database.engine()).get_table_names()
    with database.transaction() as db:
        assert (
            db.connection().execute(text("SELECT count(*) FROM series WHERE name = 'x'")).scalar()
            == 0
        )
        db.connection().execute(text("INSERT INTO series (name, last) VALUES ('x', 1)"))
