"""ODK Central: the submissions of one form through its OData service, repeats included."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from core.errors import InvalidInput
from core.etl.connect import Asked, Connector, Entry, Fetched, Option, Part, Record
from core.etl.connect._auth import Proof
from core.etl.connect._client import REAL, Client, Clock, Reply, check_url
from core.etl.connect._moments import LAG, SWEEP, advance, ceiling, lowest
from core.etl.connect._paging import Paging, find, read_pages, records

KEY = "__id"
_PAGE = 250
_PAGING = Paging(kind="next_url", rows="value")
_NEXT = "@odata.nextLink"


def fetch(asked: Asked, clock: Clock = REAL) -> Iterator[Fetched]:
    """Yield the submissions sent or edited since the cursor."""
    client = Client(asked.text("url"), clock)
    base = asked.text("url").rstrip("/")
    session = {"auth": asked.text("auth") or "session", "session_url": f"{base}/v1/sessions"}
    proof = Proof(
        Asked({**asked.options, **session}, asked.secrets, asked.cursor, asked.upto), client
    )
    url = (
        f"{base}/v1/projects/{asked.text('project')}"
        f"/forms/{quote(asked.text('form'), safe='')}.svc/Submissions"
    )
    since, upto = lowest(asked), asked.upto
    state = advance(asked, swept=since is None)

    def get(address: str, more: Mapping[str, str]) -> Reply:
        reply = client.get(address, more, proof)
        # The name of the next address holds a dot and an @; the header's way is the common one.
        found = find(reply.document, _NEXT)
        return Reply(reply.document, found if isinstance(found, str) else None, reply.at)

    try:
        for number, reply in enumerate(read_pages(get, url, _parameters(since), _PAGING)):
            if number == 0:
                upto = ceiling(asked.upto, reply.at)
            rows = records(reply.document, "value")
            for row in rows:
                for name in ("submissionDate", "updatedAt"):
                    state.see(find(row, f"__system/{name}"), row.get(KEY), upto)
            yield Fetched([_plain(row) for row in rows], state.cursor)
    finally:
        client.close()


def _parameters(since: str | None) -> dict[str, str]:
    said = {"$top": str(_PAGE), "$expand": "*", "$wkt": "true"}
    if since:
        said["$filter"] = f"__system/submissionDate ge {since} or __system/updatedAt ge {since}"
    return said


def _plain(row: Record) -> Record:
    """Leave out what only links: `members@odata.navigationLink`, in repeats too."""
    return {
        name: [_plain(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else _plain(value)
        if isinstance(value, dict)
        else value
        for name, value in row.items()
        if "@odata." not in name
    }


def check(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused for options that cannot work."""
    check_url(str(options["url"]))
    for name in ("project", "lag", "sweep_days"):
        if not str(options.get(name, "1")).isdecimal():
            raise InvalidInput("The option “{name}” must be a whole number.", name=name)


CONNECTOR = Connector(
    key="odk",
    label="ODK Central",
    options=(
        Option("url", "Address of the server", True, missing="Say the address of the server."),
        Option(
            "project",
            "Number of the project",
            True,
            entry=Entry.NUMBER,
            help="It stands after /projects/ in the address of the project.",
            missing="Say the number of the project.",
        ),
        Option(
            "form",
            "Id of the form",
            True,
            help="It stands after /forms/ in the address of the form.",
            missing="Say the id of the form.",
        ),
        Option(
            "user",
            "Email address of the account",
            True,
            missing="Say the email address of the account.",
        ),
        Option(
            "auth",
            "How the server is told who asks",
            choices={
                "session": "With a session that is opened first",
                "basic": "With the account in every request",
            },
            default="session",
            part=Part.MORE,
        ),
        LAG,
        SWEEP,
    ),
    secrets=(Option("password", "Password", True, missing="Give the password."),),
    fetch=fetch,
    key_column=lambda _options: KEY,
    check=check,
)
