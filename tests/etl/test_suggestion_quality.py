"""On real files nine of ten known columns are understood, and hardly one is understood wrongly."""

import pytest

from tests.conftest import SHARED
from tests.etl.suggestion_quality import Figures, files, measure

pytestmark = pytest.mark.skipif(
    not (SHARED / "registries").exists(), reason="the folder of shared data is not here"
)


@pytest.fixture(scope="module")
def found() -> list[Figures]:
    return [one for one in map(measure, files()) if isinstance(one, Figures)]


def test_known_columns_of_real_files_are_understood(found: list[Figures]) -> None:
    known = sum(one.known for one in found)
    understood = sum(one.right + one.asked + one.second for one in found)
    assert known > 400
    assert understood >= 0.9 * known
    assert sum(one.wrong for one in found) <= 0.01 * known


def test_most_of_them_need_no_question(found: list[Figures]) -> None:
    assert sum(one.right for one in found) >= 0.75 * sum(one.known for one in found)
