"""A bulk move and its undo leave the registry as it was, to the byte of a file of every column."""

from pathlib import Path

import pytest

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.lifecycle import HouseholdRule, State
from core.models import Programme
from core.services import accounts, beneficiaries, demo, exports, lifecycle, undo
from core.services.lifecycle import Asked, Chosen
from core.storage.database import transaction
from core.storage.programmes import find
from tests.conftest import Registry


@pytest.mark.parametrize(
    ("programme", "rule", "target", "reason"),
    [
        ("CASH", HouseholdRule.NONE, State.SUSPENDED, "Verification missed"),
        ("CASH", HouseholdRule.ANY, State.GRADUATED, "Programme completed"),
        ("HOUSE", HouseholdRule.NONE, State.EXITED, "INELIGIBLE"),
    ],
)
def test_a_bulk_move_and_its_undo_leave_the_export_byte_for_byte(
    registry: Registry,
    tmp_path: Path,
    programme: str,
    rule: HouseholdRule,
    target: State,
    reason: str,
) -> None:
    demo.load_demo(people=400, seed=7)
    system = accounts.system_actor()
    with transaction() as db:
        found = find(db, programme)
        assert isinstance(found, Programme)
        found.household_rule = rule
    before = _export(tmp_path / "before.csv")
    counts = beneficiaries.count_by(system, EVERYBODY, "status")

    order = lifecycle.prepare(
        system,
        Asked(programme, target, reason),
        Chosen(where("status", Op.IN, "ACTIVE", "SUSPENDED")),
    )
    receipt = lifecycle.carry_out(system, order)
    assert receipt.batch is not None
    assert receipt.moved > 10
    assert _export(tmp_path / "moved.csv") != before
    lifecycle.carry_out(system, undo.prepare(system, receipt.batch))

    assert _export(tmp_path / "after.csv") == before
    assert beneficiaries.count_by(system, EVERYBODY, "status") == counts


def _export(path: Path) -> bytes:
    exports.write_export(accounts.system_actor(), EVERYBODY, None, path)
    return path.read_bytes()
