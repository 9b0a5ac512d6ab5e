"""A large file streams in through our own route: whole, ours alone, within limits."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from httpx import Response
from openpyxl import load_workbook
from sqlalchemy import select
from starlette.testclient import TestClient

from core.etl.pipeline import default_mapping
from core.http import upload
from core.models import ImportRun
from core.services import accounts, exports, imports, mappings
from core.settings import read_settings
from core.storage import demo
from core.storage.acts import batches
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.http.conftest import HTML, send_sign_in
from tests.importing import add_programme
from tests.people import People


@pytest.fixture(autouse=True)
def programme(people: People) -> None:
    add_programme("CASH")


CSV = "Full name,Sex,Date of birth\nAmina Diallo,F,1990-05-21\n"


def page_secret(client: TestClient) -> str:
    page = client.get("/upload?x=1", headers=HTML)
    found = re.search(r'"X-Csrf", (".*?")', page.text)
    assert found
    nonce = re.findall(r'<script nonce="([^"]+)"', page.text)[0]
    assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
    return str(json.loads(found[1]))


def send(client: TestClient, content: str | bytes = CSV, **headers: str) -> Response:
    csrf = headers.pop("csrf", None) or page_secret(client)
    return client.post(
        "/upload?programme=CASH&status=ACTIVE",
        content=content if isinstance(content, bytes) else content.encode(),
        headers={"X-Csrf": csrf, "X-File-Name": "caf%C3%A9.csv", **headers},
    )


def test_a_file_sent_becomes_a_run_of_the_sender(client: TestClient, people: People) -> None:
    send_sign_in(client, "brook")

    run = send(client).json()["run"]

    with reading() as db:
        kept = db.execute(select(ImportRun)).scalar_one()
    assert (str(kept.uuid), kept.file_name, kept.user_id) == (
        run,
        "café.csv",
        people.brook.user_id,
    )


def test_a_known_file_begins_with_its_mapping_and_a_corrected_workbook_goes_to_its_import(
    client: TestClient, people: People, tmp_path: Path
) -> None:
    send_sign_in(client, "brook")
    run = UUID(send(client).json()["run"])
    suggested = imports.describe(people.brook, run).document.suggestions
    imports.set_mapping(people.brook, run, default_mapping(suggested))
    mappings.save(people.brook, run, "Monthly")

    again = UUID(send(client, CSV.replace("Amina", "Awa")).json()["run"])

    known = imports.describe(people.brook, again).document.known
    assert known is not None
    assert known.name == "Monthly"
    imports.check(people.brook, again)
    path = tmp_path / "back.xlsx"
    exports.write_workbook(people.brook, again, path)
    book = load_workbook(path)
    (cell,) = [one for one in book.worksheets[0][2] if one.value == "Awa Diallo"]
    cell.value = "Awa Diallo Bah"
    book.save(path)

    answer = send(client, path.read_bytes(), **{"X-File-Name": "back.xlsx"}).json()

    assert answer == {"run": str(again), "said": "Taken from the corrected workbook: 1 cells."}
    assert imports.list_runs(people.brook)[0].uuid == again


def test_nothing_is_left_behind_in_the_way_in(client: TestClient, embedded: Registry) -> None:
    send_sign_in(client, "brook")
    send(client)

    assert not list(Path(embedded.data_dir).glob("incoming-*"))


def test_a_file_that_holds_no_table_is_refused_in_the_readers_words(
    client: TestClient, people: People
) -> None:
    send_sign_in(client, "brook")

    answer = send(client, "   ")

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("café.csv is empty.")
    accounts.choose_language(people.brook, "fr")
    assert send(client, "   ").json()["error"].startswith("café.csv est vide. Vérifiez")
    assert "café.csv porte un nom de fichier texte mais c’est un document PDF." in str(
        send(client, b"%PDF-1.4\n\0").json()
    )


def test_another_sites_request_and_a_missing_secret_are_refused(client: TestClient) -> None:
    send_sign_in(client, "brook")

    assert send(client, csrf="wrong").status_code == 422
    assert send(client, Origin="https://elsewhere.example").status_code == 422
    with reading() as db:
        assert db.execute(select(ImportRun)).first() is None


def test_without_a_session_or_the_permission_nothing_is_taken(client: TestClient) -> None:
    assert client.post("/upload", content=b"x").status_code == 401

    send_sign_in(client, "amina")
    assert client.get("/upload").status_code == 403


def test_a_file_above_the_limit_is_refused_before_it_is_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_sign_in(client, "brook")
    csrf = page_secret(client)
    monkeypatch.setenv("CASELOAD_LARGEST_UPLOAD_MB", "0")
    read_settings.cache_clear()

    assert send(client, csrf=csrf).status_code == 413
    read_settings.cache_clear()


def test_a_full_disk_is_said_before_the_file_is_taken(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_SPARE", 1 << 60)
    send_sign_in(client, "brook")

    assert "no room" in send(client).json()["error"]


def test_the_page_says_that_the_people_are_invented(client: TestClient) -> None:
    send_sign_in(client, "brook")
    assert "DEMO" not in client.get("/upload", headers=HTML).text

    with transaction() as db:
        batches.open_batch(db, demo.KIND, "system")

    assert "DEMO · The people here are invented." in client.get("/upload", headers=HTML).text
