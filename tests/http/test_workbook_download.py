"""The workbook of an import leaves by ticket, as a workbook."""

import io
from pathlib import Path

from openpyxl import load_workbook
from starlette.testclient import TestClient

from core.domain.accounts import SESSION_COOKIE
from core.services import accounts, exports
from tests.http.conftest import send_sign_in
from tests.importing import Desk, add_programme
from tests.people import People


def test_a_ticket_gives_the_workbook_once(
    client: TestClient, people: People, tmp_path: Path
) -> None:
    add_programme("CASH")
    run = Desk(people.brook, tmp_path).checked("ID,Full name,Sex\nA1,Awa Traoré,F\n", key="ID")
    send_sign_in(client, "brook")
    session = accounts.hash_token(client.cookies[SESSION_COOKIE])
    ticket = exports.request_workbook(people.brook, session, run)

    answer = client.get(f"/download/{ticket}")

    assert answer.headers["content-type"] == exports.WORKBOOK
    assert "people_checked.xlsx" in answer.headers["content-disposition"]
    assert load_workbook(io.BytesIO(answer.content)).worksheets[0]["B2"].value == "Awa Traoré"
    assert client.get(f"/download/{ticket}").status_code == 404
