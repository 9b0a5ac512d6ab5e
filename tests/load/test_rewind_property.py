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
from core.storage.acts.batches import note_changed, open_batch
from core.storage.database import transaction
from core.storage.documents import ENTITIES
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme
from tests.people import add_people
from tests.rewinding import content, households, took

EXAMPLES = int(os.environ.get("CASELOAD_EXAMPLES", "6"))
HEAD = (
    "ID,Full name,Sex,Date of birth,National ID,Phone,Roof,Household Id,Relationship to head,Region"
)
HOMES = "Household Id,Household size,Roof,Region"
PROGRAMMES = {"CASH": Unit.INDIVIDUAL, "FOOD": Unit.HOUSEHOLD}
EDITS: dict[str, tuple[str, str, str | int]] = {
    "edit": ("person", "phone", "+1"),
    "resize": ("household", "size", 9),
}
"""What somebody does to one record: the table, the field, the value."""
some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 50,
    phases=(Phase.explicit, Phase.generate),  # each step is a publish: shrinking takes hours
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class File:
    """One file of people or of households for one programme."""

    programme: str
    head: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((self.head, *self.lines)) + "\n"


@dataclass(frozen=True)
class Act:
    """An edit of a person or household, a rewind of a run or an undo of a rewind; `which` counts
    from 0."""

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
    programme = draw(st.sampled_from(tuple(PROGRAMMES)))
    return File(programme, HEAD, tuple(draw(lines(one)) for one in people))


@st.composite
def homes(draw: st.DrawFn) -> File:
    numbers = draw(st.lists(st.sampled_from(("H1", "H2", "H3")), min_size=1, unique=True))
    sizes, roofs = st.sampled_from(("", "1", "4")), st.sampled_from(("", "straw", "tin"))
    regions = st.sampled_from(("", "R1", "R2"))
    rows = tuple(f"{one},{draw(sizes)},{draw(roofs)},{draw(regions)}" for one in numbers)
    return File(draw(st.sampled_from(tuple(PROGRAMMES))), HOMES, rows)


either = st.one_of(files(), homes())
acts = st.builds(
    Act, st.sampled_from(("edit", "resize", "rewind", "rewind", "undo")), st.integers(0, 3)
)


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
    if file.head == HOMES:
        return households(at, file.text)
    return imports.publish(desk.actor, at.checked(file.text, key="ID"))


@some
@given(history=st.lists(either, min_size=1, max_size=4))
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
        assert not receipt.stays
        assert content() == before
        rewound.append(receipt.batch)

    for batch, after in zip(reversed(rewound), hashes[1:], strict=True):
        assert not rewind.undo_rewind(desk.actor, batch).stays
        assert content() == after


@some
@given(history=st.lists(st.one_of(either, acts), min_size=3, max_size=8))
def test_in_any_order_the_rules_hold_and_a_rewind_undone_at_once_changes_nothing(
    desk: Desk, history: Sequence[File | Act]
) -> None:
    empty()
    runs, rewound = [], []
    for step in history:
        if isinstance(step, File):
            runs.append(publish(desk, step).run)
        elif step.kind in EDITS:
            edit(*EDITS[step.kind], step.which)
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
        if any((*took(receipt)[:4], receipt.households_restored)):
            assert not rewind.undo_rewind(desk.actor, receipt.batch).stays
            assert content() == before


def edit(entity: str, field: str, value: str | int, which: int) -> None:
    """Somebody gives one field of one person or household a value, or takes it away again."""
    with transaction() as db:
        found = db.execute(
            text(f"SELECT id, {field} FROM {entity} ORDER BY id LIMIT 1 OFFSET :which"),
            {"which": which},
        ).one_or_none()
        if found is None:
            return
        before = found[1]
        after = None if before == value else value
        db.execute(
            text(f"UPDATE {entity} SET {field} = :after WHERE id = :id"),
            {"after": after, "id": found.id},
        )
        batch = open_batch(db, "edit", "somebody")
        note_changed(db, batch, entity, {found.id: {field: [before, after]}})
