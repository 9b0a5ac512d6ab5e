"""KoboToolbox and ODK Central as their servers answer: pages, edits, late arrivals, repeats."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput
from core.etl.connect import SourceFailed, check_options, find_connector
from tests.etl.connecting import DAY, allowing, asked, fetched
from tests.etl.source_server import (
    KOBO_TIME,
    PASSWORD,
    TOKEN,
    USER,
    Record,
    Remote,
    odk_time,
    serving,
)

KOBO, ODK = find_connector("kobo"), find_connector("odk")


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    with serving(Remote(at=DAY, page_size=3)) as server:  # noqa: SIM117 - the port comes first
        with allowing(monkeypatch, f"127.0.0.1:{server.port}"):
            yield server


def kobo(remote: Remote, cursor: Any = None, days: int = 0, **more: str) -> Any:
    remote.at = DAY + timedelta(days=days)
    options = {"url": remote.url, "asset": "aForm", **more}
    check_options(KOBO, options)
    return asked(options, cursor, remote.at, token=TOKEN)


def submission(n: int, minutes: int, **more: Any) -> Record:
    at = DAY - timedelta(minutes=minutes)
    row = {"_id": n, "_uuid": f"u{n}", "_submission_time": f"{at:{KOBO_TIME}}"}
    return {**row, "meta/rootUuid": f"uuid:u{n}", **more}


def odk(remote: Remote, cursor: Any = None, days: int = 0, **more: str) -> Any:
    remote.at = DAY + timedelta(days=days)
    options = {"url": remote.url, "project": "7", "form": "Förm 1", "user": USER, **more}
    check_options(ODK, options)
    return asked(options, cursor, remote.at, password=PASSWORD)


def form(n: int, minutes: int, edited: int | None = None, **more: Any) -> Record:
    system = {
        "submissionDate": odk_time(DAY - timedelta(minutes=minutes)),
        "updatedAt": None if edited is None else odk_time(DAY - timedelta(minutes=edited)),
    }
    return {"__id": f"uuid:{n}", "__system": system, **more}


def test_kobo_is_read_in_the_order_of_ids_while_data_arrives(
    remote: Remote, tmp_path: Path
) -> None:
    remote.records = [submission(n, 100 - n) for n in range(10)]
    arriving = iter(range(50, 55))

    def arrive() -> None:
        for n in arriving:
            remote.records.insert(0, submission(n, -1))
            break

    remote.before_page = arrive
    rows, cursor = fetched(KOBO, kobo(remote), tmp_path)

    assert [row["_id"] for row in rows] == list(range(10))
    assert (cursor["value"], cursor["id"]) == (rows[-1]["_submission_time"], "9")


def test_kobo_keys_a_submission_by_its_first_uuid_whatever_it_is_called(
    remote: Remote, tmp_path: Path
) -> None:
    old = submission(1, 9)
    del old["meta/rootUuid"]
    edited = submission(2, 8, _uuid="another")
    remote.records = [old, edited]

    rows, _ = fetched(KOBO, kobo(remote), tmp_path)

    assert [row["meta/rootUuid"] for row in rows] == ["u1", "u2"]


def test_kobo_reads_an_hour_again_and_everything_after_some_days(
    remote: Remote, tmp_path: Path
) -> None:
    remote.records = [submission(1, 300), submission(2, 30), submission(3, 1)]
    _, cursor = fetched(KOBO, kobo(remote), tmp_path)
    remote.records[0]["name"] = "edited"

    again, second = fetched(KOBO, kobo(remote, cursor, days=1), tmp_path)
    swept, third = fetched(KOBO, kobo(remote, cursor, days=7), tmp_path)

    assert [row["_id"] for row in again] == [2, 3]
    assert second == cursor
    assert [row.get("name") for row in swept] == ["edited", None, None]
    assert third["swept_at"] > cursor["swept_at"]


def test_kobo_questions_that_nobody_answered_are_empty_and_not_missing(
    remote: Remote, tmp_path: Path
) -> None:
    remote.survey = [
        {"type": "begin_group", "name": "home", "$xpath": "home"},
        {"type": "text", "name": "village", "$xpath": "home/village"},
        {"type": "end_group"},
        {"type": "begin_repeat", "name": "members", "$xpath": "members"},
        {"type": "text", "name": "name", "$xpath": "members/name"},
        {"type": "end_repeat"},
        {"type": "note", "name": "thanks", "$xpath": "thanks"},
        {"type": "integer", "$autoname": "age"},
    ]
    remote.records = [submission(1, 5, age="7")]

    ((row,), _) = fetched(KOBO, kobo(remote), tmp_path)

    assert (row["home/village"], row["age"]) == (None, "7")
    assert not {"members/name", "thanks", "home"} & row.keys()


def test_kobo_members_get_a_key_from_their_place_in_the_form(
    remote: Remote, tmp_path: Path
) -> None:
    members = [{"members/name": "Awa", "members/cards": [{"n": "1"}]}, {"members/name": "Bintou"}]
    remote.records = [submission(1, 5, members=members, _geolocation=[1.5, None])]

    ((row,), _) = fetched(KOBO, kobo(remote), tmp_path)

    assert [item["_item"] for item in row["members"]] == ["u1/1", "u1/2"]
    assert row["members"][0]["members/cards"] == [{"n": "1", "_item": "u1/1/1"}]
    assert row["_geolocation"] == ["1.5", None]


def test_a_form_that_is_none_is_said_in_a_sentence(remote: Remote, tmp_path: Path) -> None:
    for row in ({"_uuid": "x"}, {"_id": 1, "_submission_time": "2026-10-01T00:00:00"}):
        remote.records = [{"_submission_time": "2026-10-01T00:00:00", "_id": 1, **row}]
        if "_uuid" in row:
            remote.records[0]["_id"] = 1.5
        with pytest.raises(SourceFailed):
            fetched(KOBO, kobo(remote), tmp_path)
    for wrong in ({"asset": "../x"}, {"asset": "a/b"}, {"sweep_days": "often"}):
        with pytest.raises(InvalidInput):
            kobo(remote, **wrong)


@pytest.mark.parametrize("auth", ["session", "basic"])
def test_odk_is_read_page_by_page_while_data_arrives(
    remote: Remote, tmp_path: Path, auth: str
) -> None:
    remote.records = [form(n, 100 - n) for n in range(10)]
    arriving = iter(range(50, 60))
    remote.before_page = lambda: remote.records.insert(0, form(next(arriving), -1))

    rows, cursor = fetched(ODK, odk(remote, auth=auth), tmp_path)

    known = [row["__id"] for row in rows]
    assert {f"uuid:{n}" for n in range(10)} <= set(known) and len(set(known)) == len(known)
    assert cursor["id"] == "uuid:9"
    assert "%C3%B6" in remote.asked[-1] and "%24expand=%2A" in remote.asked[-1]


def test_odk_finds_an_edit_by_its_own_moment(remote: Remote, tmp_path: Path) -> None:
    remote.records = [form(1, 5000), form(2, 200), form(3, 100)]
    _, cursor = fetched(ODK, odk(remote), tmp_path)
    remote.records[0] = form(1, 5000, edited=10)

    rows, second = fetched(ODK, odk(remote, cursor), tmp_path)

    assert {row["__id"] for row in rows} == {"uuid:1", "uuid:3"}
    assert (cursor["id"], second["id"]) == ("uuid:3", "uuid:1")


def test_odk_repeats_come_with_their_record_and_links_do_not(
    remote: Remote, tmp_path: Path
) -> None:
    members = [{"__id": "m1", "name": "Awa", "cards@odata.navigationLink": "x"}]
    remote.records = [
        form(1, 5, members=members, **{"members@odata.navigationLink": "x"}, home={"size": 3})
    ]

    ((row,), _) = fetched(ODK, odk(remote), tmp_path)

    assert row["members"] == [{"__id": "m1", "name": "Awa"}]
    assert row["home"] == {"size": 3}
    assert not any("@odata" in name for name in row)


@pytest.mark.parametrize("kind", ["kobo", "odk"])
def test_a_wrong_secret_is_refused_without_being_repeated(
    remote: Remote, tmp_path: Path, kind: str
) -> None:
    what = kobo(remote) if kind == "kobo" else odk(remote, auth="basic")
    wrong = asked(dict(what.options), token="wr0ng", password="wr0ng")

    with pytest.raises(SourceFailed, match="refuses the account") as refused:
        fetched(find_connector(kind), wrong, tmp_path)
    assert "wr0ng" not in str(refused.value)
    assert len(remote.asked) == 1
