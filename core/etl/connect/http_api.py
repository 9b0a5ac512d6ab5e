"""Any HTTP API that answers with lists of records in JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import InvalidInput
from core.etl.connect import Asked, Connector, Fetched, Option
from core.etl.connect._auth import OPTIONS, SECRETS, Proof, check_auth
from core.etl.connect._client import REAL, Client, Clock, Reply, check_url
from core.etl.connect._moments import advance, ceiling, lowest
from core.etl.connect._paging import KINDS, Paging, find, read_pages, records

_NEEDS = {"cursor": ("next", "page_parameter"), "offset": ("page_parameter",)}
_NEEDS["page"] = _NEEDS["offset"]
CHOSEN = (
    Option("url", "Address of the list", required=True),
    Option("rows", "Where the records stand in the answer, such as data/items"),
    Option("key", "The column that identifies a record"),
    Option("params", "Fixed parameters, such as state=open&type=person"),
    Option("paging", "How pages are turned", choices=KINDS, default="none"),
    Option("next", "Where the next address or cursor stands in the answer"),
    Option("page_parameter", "The parameter that takes the cursor, offset or page number"),
    Option("first_page", "The number of the first page", default="1"),
    Option("size_parameter", "The parameter that takes the number of records of a page"),
    Option("size", "Records of a page", default="100"),
    Option("cursor", "Where a record says when it was changed last"),
    Option("since_parameter", "The parameter that asks for records changed since"),
    Option("lag", "Seconds that are read again, for what arrives late", default="3600"),
    Option("sweep_days", "Days after which everything is read again", default="7"),
)


def fetch(asked: Asked, clock: Clock = REAL) -> Iterator[Fetched]:
    """Yield the records changed since the cursor, or all of them where the source cannot tell."""
    url, client = asked.text("url"), Client(asked.text("url"), clock)
    proof, cursor, upto = Proof(asked, client), asked.cursor, asked.upto
    params = _pairs(asked.text("params"))
    since = lowest(asked)
    if since and asked.text("since_parameter"):
        params[asked.text("since_parameter")] = since
    state = advance(asked, swept=since is None)

    def get(address: str, more: Mapping[str, str]) -> Reply:
        return client.get(address, more, proof)

    try:
        for number, reply in enumerate(read_pages(get, url, params, _paging(asked))):
            if number == 0:
                upto = ceiling(asked.upto, reply.at)
            rows = records(reply.document, asked.text("rows"))
            for row in rows:
                state.see(find(row, asked.text("cursor")), row.get(asked.text("key")), upto)
            cursor = state.cursor
            yield Fetched(rows, cursor)
    finally:
        client.close()


def _pairs(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {name: value for name, _, value in pairs}


def _paging(asked: Asked) -> Paging:
    return Paging(
        kind=asked.text("paging") or "none",
        rows=asked.text("rows"),
        next=asked.text("next"),
        parameter=asked.text("page_parameter"),
        size_parameter=asked.text("size_parameter"),
        size=int(asked.text("size") or 100),
        first_page=int(asked.text("first_page") or 1),
    )


def check(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused for options that cannot work."""
    check_url(str(options["url"]))
    check_auth(options)
    kind = options.get("paging") or "none"
    for name in _NEEDS.get(kind, ()):
        if not options.get(name):
            raise InvalidInput(f"The option “{name}” is missing; “{kind}” needs it.")
    for name in ("size", "first_page", "lag", "sweep_days"):
        if not str(options.get(name, "1")).isdecimal():
            raise InvalidInput(f"The option “{name}” must be a whole number.")


CONNECTOR = Connector(
    key="http",
    label="HTTP API",
    options=(*CHOSEN, *OPTIONS),
    secret_names=SECRETS,
    fetch=fetch,
    key_column=lambda options: str(options["key"]) if options.get("key") else None,
    check=check,
)
