"""Signing in, out and choosing a password, through the real routes."""

from collections.abc import Callable

import pytest
from httpx import Response
from starlette.testclient import TestClient

from core.domain.accounts import CSRF_COOKIE, SESSION_COOKIE
from core.domain.permissions import Role
from core.http.forms import local_path
from core.services import accounts
from core.services.accounts import NewUser
from tests.http.conftest import HOST, HTML, find_csrf, make_app, send_sign_in
from tests.people import PASSWORD, People


def test_the_right_password_opens_a_session_and_leads_on(client: TestClient) -> None:
    answer = send_sign_in(client, next="/beneficiary?id=7")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/beneficiary?id=7"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert word in cookie
    assert "Secure" not in cookie
    assert client.get("/active").status_code == 200


def test_over_tls_the_cookie_is_secure(people: People) -> None:
    with TestClient(make_app(), f"https://{HOST}", follow_redirects=False) as client:
        cookies = send_sign_in(client).headers.get_list("set-cookie")

    assert len(cookies) == 2
    assert all("Secure" in cookie for cookie in cookies)


@pytest.mark.parametrize("name", ["amina", "nobody", "system", ""])
def test_a_refusal_says_the_same_whoever_it_is(client: TestClient, name: str) -> None:
    answer = send_sign_in(client, name, password="wrong")

    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert not client.cookies.get(SESSION_COOKIE)
    assert "wrong" not in answer.text


def test_guessing_is_slowed_down_and_told_how_long(client: TestClient) -> None:
    for _ in range(5):
        assert send_sign_in(client, password="wrong").status_code == 401

    answer = send_sign_in(client)

    assert answer.status_code == 429
    assert "Try again in 15 minutes." in answer.text
    assert answer.headers["retry-after"] == "900"


FORGERIES: dict[str, Callable[[TestClient, str], Response]] = {
    "no secret": lambda client, _csrf: post(client, {}),
    "another secret": lambda client, _csrf: post(client, {"csrf": "x" * 43}),
    "a foreign origin": lambda client, csrf: post(
        client, {"csrf": csrf}, origin="http://evil.example"
    ),
    "a foreign site": lambda client, csrf: post(
        client, {"csrf": csrf}, **{"sec-fetch-site": "cross-site"}
    ),
    "a sandboxed page": lambda client, csrf: post(client, {"csrf": csrf}, origin="null"),
}


def post(client: TestClient, fields: dict[str, str], **headers: str) -> Response:
    return client.post(
        "/sign-in", data={"name": "amina", "password": PASSWORD} | fields, headers=headers
    )


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_form_from_elsewhere_is_refused(
    client: TestClient, forge: Callable[[TestClient, str], Response]
) -> None:
    csrf = find_csrf(client.get("/sign-in").text)

    answer = forge(client, csrf)

    assert answer.status_code == 403
    assert not client.cookies.get(SESSION_COOKIE)


def test_a_form_without_its_cookie_is_refused(client: TestClient) -> None:
    csrf = find_csrf(client.get("/sign-in").text)
    client.cookies.clear()

    assert post(client, {"csrf": csrf}).status_code == 403


def test_a_form_that_is_no_form_is_refused(client: TestClient) -> None:
    for body in (b"\xff\xfe", b"&".join(b"a%d=1" % n for n in range(99)), b"csrf=%ff"):
        assert client.post("/sign-in", content=body).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "/\tx",
        "",
        "evil",
        "/sign-out",
        "/sign-in?next=/x",
    ],
)
def test_only_a_path_of_ours_is_a_way_on(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_nobody_is_led_away(client: TestClient) -> None:
    assert send_sign_in(client, next="//evil.example/x").headers["location"] == "/"


def test_the_typed_name_is_text_and_not_markup(client: TestClient) -> None:
    name = '"><script>alert(1)</script>'

    answer = send_sign_in(client, name, password="wrong")

    assert "<script" not in answer.text


def test_signing_out_ends_the_session(client: TestClient) -> None:
    send_sign_in(client)
    token = client.cookies[SESSION_COOKIE]

    assert client.post("/sign-out").status_code == 403
    assert client.get("/active").status_code == 200
    answer = client.post("/sign-out", data={"csrf": client.cookies[CSRF_COOKIE]})

    assert answer.headers["location"] == "/sign-in"
    assert client.get("/active", headers={"cookie": f"{SESSION_COOKIE}={token}"}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sign-out"), ("DELETE", "/sign-in"), ("POST", "/healthz")]
)
def test_a_method_nobody_offers_is_refused(client: TestClient, method: str, path: str) -> None:
    send_sign_in(client)

    assert client.request(method, path, headers=HTML).status_code == 405


def test_a_one_time_password_is_replaced_and_every_other_session_ends(
    client: TestClient, people: People
) -> None:
    first = accounts.add_user(people.chen, NewUser("femi", Role.VIEWER))
    send_sign_in(client, "femi", password=first)
    elsewhere = accounts.sign_in("femi", first, "203.0.113.7").token
    csrf = find_csrf(client.get("/change-password", headers=HTML).text)
    fields = {"csrf": csrf, "old": first, "new": PASSWORD, "again": PASSWORD}

    assert "differ" in client.post("/change-password", data=fields | {"again": "x"}).text
    assert (
        "guess"
        in client.post(
            "/change-password", data=fields | {"new": "femi" * 4, "again": "femi" * 4}
        ).text
    )
    answer = client.post("/change-password", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/active").status_code == 200
    headers = {"cookie": f"{SESSION_COOKIE}={elsewhere}"}
    assert client.get("/active", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "de-DE,fr;q=0.8", "fr"),
        ("?lang=fr", "en", "fr"),
        ("?lang=en", "fr", "en"),
        ("?lang=xx", "sw", "en"),
    ],
)
def test_the_page_speaks_the_readers_language(
    client: TestClient, query: str, accepted: str, language: str
) -> None:
    text = client.get(f"/sign-in{query}", headers={"accept-language": accepted}).text

    assert f'<html lang="{language}">' in text
    assert ("Mot de passe" in text) == (language == "fr")


def test_the_link_of_a_first_start_fills_in_the_one_time_password(client: TestClient) -> None:
    page = client.get("/sign-in?name=chen&once=ab12-cd34").text

    assert 'value="chen"' in page and 'value="ab12-cd34"' in page
    assert 'action="/sign-in"' in page


def test_a_language_picked_on_the_page_is_the_accounts_from_then_on(client: TestClient) -> None:
    csrf = find_csrf(client.get("/sign-in", headers={"accept-language": "fr"}).text)
    fields = {"csrf": csrf, "name": "amina", "password": PASSWORD}

    client.post("/sign-in", data=fields, headers={"accept-language": "fr"})
    assert accounts.actor_named("amina").language == "en"
    client.cookies.delete(SESSION_COOKIE)
    page = client.get("/sign-in?lang=fr&next=/active").text
    assert 'action="/sign-in?lang=fr&amp;next=/active"' in page
    client.post("/sign-in?lang=fr", data={**fields, "csrf": find_csrf(page)})
    assert accounts.actor_named("amina").language == "fr"
    client.cookies.delete(SESSION_COOKIE)
    send_sign_in(client)
    assert accounts.actor_named("amina").language == "fr"
