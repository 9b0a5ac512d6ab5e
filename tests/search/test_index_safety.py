"""The embedded index is code: only what we wrote is opened, and what is lost comes back."""

import os
import pickle
from pathlib import Path

import pytest
from whoosh.index import open_dir

from core.search import Entry, Query, open_index
from core.search.outbox import drain, drift, enqueue_everyone
from core.search.whoosh_index import WhooshIndex
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.rows import actor, add_human, add_identifier, count_waiting

CANARY = "CANARY4711"


@pytest.fixture
def folder(embedded: Registry) -> Path:
    with transaction() as db:
        person = add_human(db, "Amina Traoré", phone=CANARY, account=CANARY)
        add_identifier(db, person, "national_id", CANARY)
    fill()
    return embedded.data_dir / "search"


def fill() -> int:
    index = open_index()
    with transaction() as db:
        return drain(db, index, 100)


def found() -> list[int]:
    return [hit.person_id for hit in open_index().find(Query("amina", actor()))]


class Evil:
    """A present from somebody who can write into a backup."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def plant(toc: Path, owned: Path) -> None:
    """Replace the pickled list of segments, which ends the file."""
    content = toc.read_bytes()
    at = content.rindex(bytes([0x80, pickle.HIGHEST_PROTOCOL]))
    toc.write_bytes(content[:at] + pickle.dumps(Evil(owned)))


def test_an_evil_table_of_contents_is_refused_and_the_index_rebuilt(
    folder: Path, tmp_path: Path
) -> None:
    owned = tmp_path / "PWNED"
    (toc,) = folder.glob("*.toc")
    plant(toc, owned)
    open_index().close()

    assert found() == []
    assert not owned.exists()
    assert fill() == 1
    assert found() == [1]
    assert not owned.exists()


def test_the_evil_table_of_contents_would_have_run(folder: Path, tmp_path: Path) -> None:
    owned = tmp_path / "PWNED"
    (toc,) = folder.glob("*.toc")
    plant(toc, owned)

    open_dir(str(folder))

    assert owned.exists()


def test_a_planted_newer_generation_is_never_seen_and_swept_away(
    folder: Path, tmp_path: Path
) -> None:
    owned, planted = tmp_path / "PWNED", folder / "_MAIN_999.toc"
    (toc,) = folder.glob("*.toc")
    planted.write_bytes(toc.read_bytes())
    plant(planted, owned)
    open_index().close()

    assert found() == [1]
    with transaction() as db:
        add_human(db, "Amina Sow")
    assert fill() == 1
    assert found() == [1, 2]
    assert not owned.exists()
    assert not planted.exists()


@pytest.mark.parametrize("harm", ["manifest", "segment", "folder", "open to others", "truncated"])
def test_a_harmed_index_is_built_again(folder: Path, harm: str) -> None:
    open_index().close()
    if harm == "manifest":
        next(folder.parent.glob("search.manifest*")).write_text("[]")
    if harm == "segment":
        next(folder.glob("*.seg")).unlink()
    if harm == "truncated":
        next(folder.glob("*.seg")).write_bytes(b"")
    if harm == "folder":
        folder.rename(folder.parent / "elsewhere")
    if harm == "open to others":
        folder.chmod(0o777)

    assert found() == []
    assert fill() == 1
    assert found() == [1]
    assert folder.stat().st_mode == 0o040700


def test_the_index_holds_names_and_no_other_personal_value(folder: Path) -> None:
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())

    assert CANARY.encode() not in kept
    assert CANARY.lower().encode() not in kept


def test_another_process_sees_what_this_one_wrote(folder: Path) -> None:
    other = WhooshIndex(folder.parent)
    assert other.count() == 1
    with transaction() as db:
        add_human(db, "Amina Sow")
    fill()

    assert other.count() == 2
    assert len(other.find(Query("amina", actor()))) == 2
    other.close()


def test_a_rebuild_of_everything_ends_where_it_began(folder: Path) -> None:
    index = open_index()
    index.apply([Entry(99, ("Nobody",), (1,), frozenset())])
    with transaction() as db:
        assert enqueue_everyone(db, drift(db, index).strangers) == 2
        assert count_waiting(db) == 2
    assert fill() == 2
    with reading() as db:
        assert drift(db, open_index()).missing == 0
        assert drift(db, open_index()).extra == 0
