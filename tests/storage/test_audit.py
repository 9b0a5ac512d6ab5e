"""Both logs: written with the act, chained afterwards, and every alteration is found."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.storage import audit
from core.storage.database import Session, access_transaction, reading, transaction
from tests.conftest import Registry

Opened = Callable[[], AbstractContextManager[Session]]
LOGS: list[tuple[str, Opened]] = [("audit", transaction), ("access", access_transaction)]
DAMAGE = [
    ("UPDATE {log}_event SET actor = 'eve' WHERE id = 3", 3),
    ("UPDATE {log}_event SET details = '{{}}' WHERE id = 5", 5),
    ("UPDATE {log}_event SET at = '2020-01-01 00:00:00+00:00' WHERE id = 1", 1),
    ("DELETE FROM {log}_event WHERE id = 4", 4),
    ("DELETE FROM {log}_seal WHERE position = 2", 2),
    ("UPDATE {log}_seal SET digest = 'f' WHERE position = 6", 6),
]


def write_and_seal(log: str, opened: Opened) -> None:
    for number in range(1, 7):
        if log == "audit":
            with transaction() as db:
                audit.record_act(db, "amina", "test", f"thing:{number}", number=number)
        else:
            audit.record_access("amina", "test", f"thing:{number}", number=number)
    with opened() as db:
        assert audit.seal(db, log) == 6


@pytest.mark.parametrize(("log", "opened"), LOGS)
def test_a_whole_log_holds_and_is_sealed_once(registry: Registry, log: str, opened: Opened) -> None:
    write_and_seal(log, opened)

    with opened() as db:
        assert audit.seal(db, log) == 0
        assert audit.find_break(db, log) is None
        assert audit.count_events(db, log) == 6
        assert [event.id for event in audit.read_events(db, log, 2, before_id=4)] == [3, 2]


@pytest.mark.parametrize(("log", "opened"), LOGS)
@pytest.mark.parametrize(("damage", "place"), DAMAGE)
def test_an_alteration_is_found_and_its_place_named(
    registry: Registry, log: str, opened: Opened, damage: str, place: int
) -> None:
    write_and_seal(log, opened)
    with opened() as db:
        db.execute(text(damage.format(log=log)))

    with opened() as db:
        found = audit.find_break(db, log)

    assert found is not None
    assert (found.log, found.position) == (log, place)


def test_an_act_that_fails_leaves_no_event(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as db:
        audit.record_act(db, "amina", "test", None)
        raise ZeroDivisionError

    with reading() as db:
        assert audit.count_events(db, "audit") == 0


def test_two_sealers_at_once_cannot_seal_the_same_place(registry: Registry) -> None:
    write_and_seal("audit", transaction)

    with pytest.raises(IntegrityError), transaction() as db:
        db.execute(text("INSERT INTO audit_seal (position, event_id, digest) VALUES (6, 99, 'x')"))
