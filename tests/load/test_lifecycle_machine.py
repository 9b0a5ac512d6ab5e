"""Whatever is moved, carried, planned, agreed to, taken back, merged, rolled over, imported and
rewound in whatever order: the registry says what the model says, its log leads there, and every
rule holds, after every step.

The short form tries a few histories; CASELOAD_MACHINE=200 makes it the long one.
"""

import os
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import Registry
from tests.lifecycle_machine import settings_for
from tests.lifecycle_whole import WholeMachine
from tests.lifecycle_world import settle

HISTORIES = int(os.environ.get("CASELOAD_MACHINE", "12"))


@pytest.mark.timeout(240 + 20 * HISTORIES)
def test_the_registry_is_what_the_model_says_after_every_step(
    registry: Registry, tmp_path: Path
) -> None:
    brook = settle()
    # The server takes longer over each step: a third of the histories there.
    some = settings_for(HISTORIES if registry.engine == "sqlite" else max(HISTORIES // 3, 4))
    run_state_machine_as_test(lambda: WholeMachine(tmp_path, brook), settings=some)
