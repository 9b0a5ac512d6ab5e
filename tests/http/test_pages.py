"""An address of no page, and a page that is not for whoever asks: said in the reader's language."""

import pytest
from starlette.testclient import TestClient

from core.services import accounts
from tests.http.conftest import HTML, send_sign_in
from tests.people import People

SPOKEN = {
    "en": ("There is no page at this address.", "no permission to change settings and users"),
    "fr": ("Il n’y a pas de page à cette adresse.", "Votre compte n’a pas"),
}


@pytest.mark.parametrize("language", SPOKEN)
def test_what_is_not_there_or_not_open_is_said_with_a_way_back(
    client: TestClient, people: People, language: str
) -> None:
    accounts.choose_language(people.amina, language)
    send_sign_in(client)
    nowhere, forbidden = SPOKEN[language]

    for path in ("/nosuch", "/active/people", "/no%20such?x=<b>"):
        answer = client.get(path, headers=HTML)
        assert (answer.status_code, nowhere in answer.text) == (404, True), path
        assert 'href="/"' in answer.text
        assert "nosuch" not in answer.text
    answer = client.get("/suites", headers=HTML)
    assert (answer.status_code, forbidden in answer.text) == (403, True)
    for path in ("/", "/active", "/active/", "/change-password"):
        assert client.get(path, headers=HTML).status_code == 200
    assert client.get("/nosuch/_stcore/host-config").status_code == 200


def test_an_administrator_opens_the_rules_by_their_address(client: TestClient) -> None:
    send_sign_in(client, "chen")

    assert client.get("/suites", headers=HTML).status_code == 200
    assert client.get("/active", headers=HTML).status_code == 403
