"""One's own imports: found again however old they are, and drafts put away for good."""

from pathlib import Path

import pytest

from core.domain.permissions import Role
from core.errors import Conflict, NotFound
from core.models import RunState
from core.services import imports, rewind
from core.services.imports import RunFilter, RunKind
from core.storage.database import data_dir, transaction
from core.storage.importing import imports as stored
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask
from tests.people import add_person

ROWS = "Full name,Sex\nAwa Ba,F\nIda Ba,X9\n"


@pytest.fixture
def desks(registry: Registry, tmp_path: Path) -> tuple[Desk, Desk]:
    add_programme("CASH")
    with transaction() as db:
        mine, other = (add_person(db, name, Role.ANALYST) for name in ("brook", "omar"))
    return Desk(mine, tmp_path), Desk(other, tmp_path)


def write(desk: Desk, name: str, who: str) -> Path:
    path = desk.folder / name
    path.write_text(f"Full name,Sex\n{who},F\n", encoding="utf-8")
    return path


def test_imports_are_found_by_state_and_name_a_page_at_a_time(desks: tuple[Desk, Desk]) -> None:
    desk, other = desks
    back = desk.published(write(desk, "march_100%.csv", "Awa Ba")).run
    rewind.rewind(desk.actor, back, "The wrong list")
    kept = desk.published(write(desk, "April.csv", "Ida Ba")).run
    drafts = [desk.start(write(desk, f"draft {n}.csv", f"Draft {n}")) for n in range(3)]
    other.start(write(other, "april of a colleague.csv", "Omar Ba"))

    def found(*wanted: object, limit: int = 20, offset: int = 0) -> tuple[list[object], int]:
        runs, total = imports.find_runs(desk.actor, RunFilter(*wanted), limit, offset)  # type: ignore[arg-type]
        return [run.uuid for run in runs], total

    assert found() == ([*reversed(drafts), kept, back], 5)
    assert found(limit=2, offset=4) == ([back], 5)
    assert found(RunKind.DRAFT) == (drafts[::-1], 3)
    assert found(RunKind.PUBLISHED) == ([kept], 1)
    assert found(RunKind.REWOUND) == ([back], 1)
    assert found(None, "aPRil") == ([kept], 1)
    assert found(None, "0%") == ([back], 1)
    assert found(None, "_") == ([back], 1)


def test_a_draft_is_put_away_with_its_file_and_all_that_was_read(desks: tuple[Desk, Desk]) -> None:
    desk, other = desks
    run = desk.checked(ROWS)
    assert ask("SELECT count(*) FROM import_row") == [(1,)]
    for state, words in ((RunState.CHECKING, "worked on"), (RunState.PUBLISHING, "worked on")):
        set_state(desk, run, state)
        with pytest.raises(Conflict, match=words):
            imports.discard(desk.actor, run)
    set_state(desk, run, RunState.CHECKED)
    with pytest.raises(NotFound):
        imports.discard(other.actor, run)

    imports.discard(desk.actor, run)

    assert imports.list_runs(desk.actor) == []
    assert list((data_dir() / "uploads").iterdir()) == []
    assert ask("SELECT count(*) FROM import_row") == [(0,)]
    with pytest.raises(NotFound):
        imports.discard(desk.actor, run)
    (event,) = ask("SELECT actor, subject FROM audit_event WHERE action = 'import.discard'")
    assert event == ("brook", f"import_run:{run}")


def test_what_is_published_is_rewound_and_never_put_away(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    run = desk.published(ROWS).run

    with pytest.raises(Conflict, match="rewound only"):
        imports.discard(desk.actor, run)

    assert imports.describe(desk.actor, run).state is RunState.PUBLISHED


def set_state(desk: Desk, run: object, state: RunState) -> None:
    with transaction() as db:
        stored.get(db, desk.actor, run).state = state  # type: ignore[arg-type]
