"""Whatever was imported, edited, rewound and put back in whatever order: the registry stays whole.

The short form tries a few histories; CASELOAD_EXAMPLES=200 makes it the long one.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.errors import Conflict
from core.models import Unit
from core.services import imports, rewind
from core.services.imports import Receipt
from core.storage.batches import note_changed, open_batch
from core.storage.content import content_hash
from core.storage.database import reading, transaction
from core.storage.documents import ENTITIES
from core.storage.integrity import find_breaches
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme
from tests.people import add_people

EXAMPLES = int(os.environ.get("CASELOAD_EXAMPLES", "6"))
HEAD = (
    "ID,Full name,Sex,Date of birth,National ID,Phone,Roof,Household Id,Relationship to head,Region"
)
PROGRAMMES = {"CASH": Unit.INDIVIDUAL, "FOOD": Unit.HOUSEHOLD}
some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 50,
    phases=(Phase.explicit, Phase.generate),  # each step is a publish: shrinking takes hours
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class File:
    """One file of people for one programme."""

    programme: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((HEAD, *self.lines)) + "\n"


@dataclass(frozen=True)
class Act:
    """An edit of a person, a rewind of a run or an undo of a rewind; `which` counts from 0."""

    kind: str
    which: int


@st.composite
def lines(draw: st.DrawFn, person: int) -> str:
    number = draw(st.sampled_from((f"N-{person}", "")))
    phone = draw(st.sampled_from(("", "+22670000001", "+22670000002")))
    roof = draw(st.sampled_from(("", "straw", "tin")))
    home = draw(st.sampled_from(("", "H1", "H2")))
    role = draw(st.sampled_from(("head", "child", ""))) if home else ""
    region = draw(st.sampled_from(("", "R1", "R2")))
    born = f"19{60 + person}-01-0{person + 1}"
    name = f"Person {'ABCDEFGH'[person]}"
    return f"A{person},{name},F,{born},{number},{phone},{roof},{home},{role},{region}"


@st.composite
def files(draw: st.DrawFn) -> File:
    people = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True))
    return File(draw(st.sampled_from(tuple(PROGRAMMES))), tuple(draw(lines(one)) for one in people))


acts = st.builds(Act, st.sampled_from(("edit", "rewind", "rewind", "undo")), st.integers(0, 3))


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    for code, unit in PROGRAMMES.items():
        add_programme(code, unit)
    for code in ("R1", "R2"):
        add_place(code, f"Région {code}")
    return Desk(add_people().brook, tmp_path)


def empty() -> None:
    with transaction() as db:
        for table in (*ENTITIES, "change", "rewound_record", "row_issue", "import_row"):
            db.execute(text(f"DELETE FROM {table}"))


def publish(desk: Desk, file: File) -> Receipt:
    at = Desk(desk.actor, desk.folder, programme=file.programme)
    return imports.publish(desk.actor, at.checked(file.text, key="ID"))


def content() -> str:
    """The hash of a registry in which every rule holds."""
    with reading() as db:
        assert find_breaches(db) == []
        return content_hash(db)


@some
@given(history=st.lists(files(), min_size=1, max_size=4))
def test_rewinding_everything_backwards_leads_to_the_start_and_undoing_to_the_end(
    desk: Desk, history: Sequence[File]
) -> None:
    empty()
    hashes, runs, rewound = [content()], [], []
    for file in history:
        runs.append(publish(desk, file).run)
        hashes.append(content())

    for run, before in zip(reversed(runs), reversed(hashes[:-1]), strict=True):
        receipt = rewind.rewind(desk.actor, run)
        assert receipt.kept == 0, receipt.stays
        assert content() == before
        rewound.append(receipt.batch)

    for batch, after in zip(reversed(rewound), hashes[1:], strict=True):
        assert rewind.undo_rewind(desk.actor, batch).kept == 0
        assert content() == after


@some
@given(history=st.lists(st.one_of(files(), acts), min_size=3, max_size=8))
def test_in_any_order_the_rules_hold_and_a_rewind_undone_at_once_changes_nothing(
    desk: Desk, history: Sequence[File | Act]
) -> None:
    empty()
    runs, rewound = [], []
    for step in history:
        if isinstance(step, File):
            runs.append(publish(desk, step).run)
        elif step.kind == "edit":
            edit(step.which)
        else:
            past = runs if step.kind == "rewind" else rewound
            if step.which < len(past):
                try:
                    if step.kind == "rewind":
                        rewound.append(rewind.rewind(desk.actor, runs[step.which]).batch)
                    else:
                        rewind.undo_rewind(desk.actor, rewound[step.which])
                except Conflict:
                    continue
        content()
    for run in runs:
        before = content()
        try:
            receipt = rewind.rewind(desk.actor, run)
        except Conflict:
            continue
        content()
        if any((receipt.people, receipt.enrolments, receipt.restored)):
            assert rewind.undo_rewind(desk.actor, receipt.batch).kept == 0
            assert content() == before


def edit(which: int) -> None:
    """Somebody changes the phone of one person."""
    with transaction() as db:
        found = db.execute(
            text("SELECT id, phone FROM person ORDER BY id LIMIT 1 OFFSET :which"),
            {"which": which},
        ).one_or_none()
        if found is None:
            return
        phone = None if found.phone == "+1" else "+1"
        db.execute(
            text("UPDATE person SET phone = :phone WHERE id = :id"),
            {"phone": phone, "id": found.id},
        )
        batch = open_batch(db, "edit", "somebody")
        note_changed(db, batch, "person", {found.id: {"phone": [found.phone, phone]}})
