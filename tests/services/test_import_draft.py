"""What the pages of an import ask about a draft: values, evidence, a first look, its own job."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from core.domain.permissions import Role
from core.models import JobState
from core.services import imports, inspection, jobs
from core.services.imports import Counts
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme
from tests.people import add_person

FILE = (
    "Full name,Sex,Date of birth\n"
    "Awa Ba,F,01/02/1990\nAli Ba, F ,03/04/1991\nIda Ba,X9,05/06/1992\n"
)


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    with transaction() as db:
        actor = add_person(db, "brook", Role.ANALYST)
    return Desk(actor, tmp_path)


def test_values_are_counted_cleaned_and_frequent_ones_first(desk: Desk) -> None:
    run = desk.start(FILE)

    found = imports.value_counts(desk.actor, run, ["Sex"])
    assert found == {"Sex": Counts({"F": 2, "X9": 1})}
    assert list(found["Sex"].values) == ["F", "X9"]


def test_of_too_many_values_it_is_said_that_there_are_more(desk: Desk) -> None:
    run = desk.start(FILE)

    found = imports.value_counts(desk.actor, run, ["Full name"], limit=2)
    assert found["Full name"] == Counts({"Awa Ba": 1, "Ali Ba": 1}, more=True)


def test_dates_that_do_not_say_their_order_are_asked_about(desk: Desk) -> None:
    run = desk.start(FILE)

    assert inspection.read_evidence(desk.actor, run).asks == ("Date of birth",)
    said = imports.describe(desk.actor, run).document.mapping
    assert said is not None
    columns = dict(said.columns)
    columns["Date of birth"] = replace(columns["Date of birth"], date_order="MDY")
    imports.set_mapping(desk.actor, run, type(said)(columns))
    found = inspection.read_evidence(desk.actor, run)
    assert (found.asks, found.orders["Date of birth"]) == ((), "MDY")


def test_the_first_rows_are_looked_at_before_any_check(desk: Desk) -> None:
    run = desk.start(FILE)

    looked, found = inspection.first_look(desk.actor, run)
    assert looked == 3
    assert ("unknown_code", "Sex", (4,)) in {(one.rule, one.column, one.rows) for one in found}
    assert inspection.first_look(desk.actor, run, limit=2)[0] == 2


def test_a_layout_said_by_hand_can_be_given_up_for_the_proposed_one(desk: Desk) -> None:
    run = desk.start(FILE)
    proposed = imports.describe(desk.actor, run).document
    moved = replace(proposed.layout, header_row=2, headers=(), titles=())
    imports.set_layout(desk.actor, run, moved)
    assert imports.describe(desk.actor, run).document.layout.header_row == 2

    imports.propose_again(desk.actor, run)
    assert imports.describe(desk.actor, run).document.layout == proposed.layout


def test_the_work_on_an_import_is_found_by_its_owner_alone(desk: Desk) -> None:
    run = desk.start(FILE)
    with transaction() as db:
        stranger = add_person(db, "chen", Role.ADMINISTRATOR)
    assert jobs.find_for_run(desk.actor, run) is None

    job = imports.enqueue(desk.actor, run)
    found = jobs.find_for_run(desk.actor, run)
    assert found is not None
    assert (found.uuid, found.state) == (job, JobState.QUEUED)
    assert jobs.find_for_run(stranger, run) is None
    assert jobs.find_for_run(desk.actor, uuid4()) is None
    jobs.cancel(desk.actor, job)
    assert jobs.find_for_run(desk.actor, run) is None
