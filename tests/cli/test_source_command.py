"""The command about sources: added without a secret on the line, listed, imported."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.cli import main
from core.storage.database import transaction
from tests.conftest import Registry
from tests.etl.connecting import DAY, allowing
from tests.etl.source_server import TOKEN, Answer, Remote, serving


@pytest.fixture
def remote(embedded: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    monkeypatch.setenv("REGISTER_TOKEN", TOKEN)
    main(["init"])
    main(["programme", "add", "CASH", "--name", "Cash"])
    with serving(Remote(at=DAY)) as server:  # noqa: SIM117 - the port comes first
        with allowing(monkeypatch, f"127.0.0.1:{server.port}"):
            rows = [{"id": n, "name": f"Awa Traoré {n}", "sex": "F"} for n in range(3)]
            server.routes["/people"] = lambda _query: Answer(rows)
            yield server


def add(remote: Remote, *more: str) -> list[str]:
    options = {"url": f"{remote.url}/people", "key": "id", "auth": "bearer"}
    words = ["source", "add", "Camp register", "--kind", "http", "--programme", "CASH"]
    return [*words, "--options", json.dumps(options), "--secret", "token=env:REGISTER_TOKEN", *more]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_source_is_added_listed_and_run(
    remote: Remote, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": "full_name", "sex": "sex", "id": null}')
    more = ("--mapping", str(mapping), "--every", "day", "--at", "03:30", "--publish")

    added = said(capsys, *add(remote, *more))
    listed = said(capsys, "source", "list")
    done = said(capsys, "source", "run", "Camp register")

    assert (added["secrets_set"], added["publishes"]) == (["token"], True)
    assert added["timetable"] == {"every": "day", "at": "03:30"} and added["next_at"]
    assert listed == [added]
    assert (done["rows"], done["published"], done["paused"]) == (3, True, None)
    assert said(capsys, "count")["subjects"] == 3
    assert remote.headers[-1]["Authorization"] == f"Bearer {TOKEN}"
    retired = said(capsys, "source", "retire", "Camp register")
    assert retired["retired"] and retired["secrets_set"] == []
    assert main(["source", "run", "Camp register"]) == 1
    assert TOKEN not in json.dumps([added, listed, done])


WRONG = (
    ("source", "run", "Nowhere"),
    ("source", "run"),
    ("source", "add", "x"),
    ("source", "add", "x", "--kind", "http", "--programme", "CASH"),
    ("source", "add", "x", "--kind", "http", "--programme", "CASH", "--options", "[]"),
    ("source", "add", "x", "--kind", "kobo", "--programme", "CASH", "--secret", "token=abc"),
    ("source", "add", "x", "--kind", "kobo", "--programme", "CASH", "--secret", "token=env:NONE"),
)


@pytest.mark.parametrize("words", WRONG)
def test_what_is_not_enough_is_one_sentence_and_adds_nothing(
    remote: Remote, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    capsys.readouterr()

    assert main(list(words)) == 1

    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1
    with transaction() as db:
        assert db.execute(text("SELECT count(*) FROM source")).scalar_one() == 0


def test_another_user_sees_nothing_of_it(
    remote: Remote, capsys: pytest.CaptureFixture[str]
) -> None:
    main(add(remote))
    main(["user", "add", "lena", "--role", "ANALYST"])
    main(["user", "add", "efua", "--role", "VIEWER"])

    assert said(capsys, "source", "list", "--as", "lena") == []
    assert main(["source", "run", "Camp register", "--as", "lena"]) == 1
    assert main(["source", "list", "--as", "efua"]) == 1
