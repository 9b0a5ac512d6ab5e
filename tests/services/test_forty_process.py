"""Nasty processes, cases 35 to 38 and 40: places, doubles, households, files that come again."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.models import Unit
from core.services import imports, matching
from tests.conftest import Registry
from tests.etl.forty.process_cases import CASES, PLACES, Case
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    add_programme("ROOF", Unit.HOUSEHOLD)
    brook = add_people().brook
    for code, name, above in PLACES:
        add_place(code, name, above)
    return Desk(brook, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_nasty_process_ends_as_it_must(desk: Desk, case: Case) -> None:
    at = replace(desk, programme="ROOF") if case.household else desk
    for text in case.before:
        at.published(text, case.key)

    run = at.checked(case.text, case.key)

    told = matching.summary(at.actor, run)
    assert (told.new, told.changed, told.unchanged, told.held) == case.figures
    assert figures(imports.publish(at.actor, run)) == case.figures
    assert at.rules(run) == dict(case.rules)
    for query, answer in case.state.items():
        assert ask(query) == answer, query
