"""Any HTTP API that answers with lists of records in JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import InvalidInput
from core.etl.connect import Asked, Connector, Entry, Fetched, Option, Part
from core.etl.connect._auth import OPTIONS, SECRETS, Proof, check_auth
from core.etl.connect._client import REAL, Client, Clock, Reply, check_url
from core.etl.connect._moments import LAG, SWEEP, advance, ceiling, lowest
from core.etl.connect._paging import KINDS, Paging, find, read_pages, records

CHOSEN = (
    Option(
        "url",
        "Address of the list",
        True,
        help="As the source's own guide gives it, beginning with https://. Whoever runs this "
        "registry must have listed its server.",
        missing="Say the address of the list.",
    ),
    *OPTIONS,
    Option(
        "rows",
        "Where the records stand in the answer",
        part=Part.READ,
        help="Such as data/items. Empty where the answer is itself the list.",
    ),
    Option("paging", "How pages are turned", False, KINDS, "none", Part.READ),
    Option(
        "next",
        "Where the next address or mark stands in the answer",
        part=Part.READ,
        help="Such as meta/next. An address may also come in the header of the answer: then leave "
        "this empty.",
        when=("paging", ("next_url", "cursor")),
    ),
    Option(
        "page_parameter",
        "Parameter that asks for a page",
        True,
        part=Part.READ,
        help="Such as cursor, offset or page.",
        missing="Say the parameter that asks for a page.",
        when=("paging", ("cursor", "offset", "page")),
    ),
    Option(
        "first_page",
        "Number of the first page",
        default="1",
        part=Part.READ,
        entry=Entry.NUMBER,
        when=("paging", ("page",)),
    ),
    Option(
        "key",
        "Column that names a record",
        part=Part.FRESH,
        help="Such as a case number: filled and different in every row, and never changed. By it "
        "a record is known again.",
    ),
    Option(
        "cursor",
        "Where a record says when it was changed last",
        part=Part.FRESH,
        help="Such as updated_at. With it, only what is new or changed is read; without it, "
        "everything is read each time.",
    ),
    Option(
        "since_parameter",
        "Parameter that asks for records changed since",
        part=Part.FRESH,
        help="Such as since or updated_after. Without it, everything is read each time.",
    ),
    Option(
        "params",
        "Fixed parameters",
        part=Part.MORE,
        help="Such as state=open&type=person. They are sent with every request.",
    ),
    Option(
        "size_parameter", "Parameter that takes the number of records of a page", part=Part.MORE
    ),
    Option("size", "Records of a page", default="100", part=Part.MORE, entry=Entry.NUMBER),
    LAG,
    SWEEP,
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
    if options.get("paging") == "cursor" and not options.get("next"):
        raise InvalidInput("Say where the mark for the next page stands in the answer.")
    for name in ("size", "first_page", "lag", "sweep_days"):
        if not str(options.get(name, "1")).isdecimal():
            raise InvalidInput("The option “{name}” must be a whole number.", name=name)


CONNECTOR = Connector(
    key="http",
    label="HTTP API",
    options=CHOSEN,
    secrets=SECRETS,
    fetch=fetch,
    key_column=lambda options: str(options["key"]) if options.get("key") else None,
    check=check,
)
