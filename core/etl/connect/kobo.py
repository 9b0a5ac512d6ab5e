"""KoboToolbox: the submissions of one form, read in the order of their ids.

Pages by offset shift while data arrives, so each page asks for the ids after the last one. An edit
keeps `_id` and `_submission_time` and gives the submission a new `_uuid`: what identifies it is
`meta/rootUuid`, and edits are found when everything is read again.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from core.etl.connect import Asked, Connector, Fetched, Option, Record, SourceFailed
from core.etl.connect._auth import Proof
from core.etl.connect._client import REAL, Client, Clock, check_url
from core.etl.connect._moments import LAG, SWEEP, advance, ceiling, lowest, moment
from core.etl.connect._paging import MOST_PAGES, find, records

KEY, ITEM, SUBMITTED = "meta/rootUuid", "_item", "_submission_time"
_PAGE = 1000
_GROUPS = ("begin_repeat", "end_repeat", "begin_group", "end_group")
_SILENT = (*_GROUPS, "note")


def fetch(asked: Asked, clock: Clock = REAL) -> Iterator[Fetched]:
    """Yield the submissions since the cursor, or all of them every few days."""
    client = Client(asked.text("url"), clock)
    signed = Asked({**asked.options, "auth": "token"}, asked.secrets, asked.cursor, asked.upto)
    proof = Proof(signed, client)
    base = f"{asked.text('url').rstrip('/')}/api/v2/assets/{asked.text('asset')}"
    try:
        asset = client.get(f"{base}/", {"format": "json"}, proof)
        questions, upto = _questions(asset.document), ceiling(asked.upto, asset.at)
        since, state, last = lowest(asked), advance(asked, swept=lowest(asked) is None), -1
        for _page in range(MOST_PAGES):
            query = _query(since, upto, last)
            reply = client.get(f"{base}/data/", _parameters(query), proof)
            rows = [_complete(row, questions) for row in records(reply.document, "results")]
            for row in rows:
                state.see(row.get(SUBMITTED), row.get("_id"), upto)
            yield Fetched(rows, state.cursor)
            reached = max((_id_of(row) for row in rows), default=last)
            if reached <= last:
                return
            last = reached
        raise SourceFailed(
            "The form did not come to an end within {most:,} pages.", most=MOST_PAGES
        )
    finally:
        client.close()


def _parameters(query: dict[str, Any]) -> dict[str, str]:
    return {
        "format": "json",
        "start": "0",
        "limit": str(_PAGE),
        "query": json.dumps(query),
        "sort": json.dumps({"_id": 1}),
    }


def _query(since: str | None, upto: datetime, last: int) -> dict[str, Any]:
    # Kobo writes the moment in UTC without a zone and compares it as text.
    within = {"$lte": f"{upto:%Y-%m-%dT%H:%M:%S}"}
    if since and (at := moment(since)):
        within["$gte"] = f"{at:%Y-%m-%dT%H:%M:%S}"
    return {SUBMITTED: within, "_id": {"$gt": last}}


def _id_of(row: Record) -> int:
    found = row.get("_id")
    if not isinstance(found, int):
        raise SourceFailed("A submission has no number in “_id”. Is the address that of Kobo?")
    return found


def _questions(asset: object) -> tuple[str, ...]:
    """Return the paths of the form's questions outside its repeats.

    Kobo leaves an unanswered question out of a submission. Told from the form, it is empty instead,
    and a column that is missing is a question that was removed.
    """
    survey = find(asset, "content/survey")
    paths, depth = [], 0
    for row in survey if isinstance(survey, list) else ():
        kind = row.get("type")
        depth += {"begin_repeat": 1, "end_repeat": -1}.get(kind, 0)
        path = row.get("$xpath") or row.get("$autoname") or row.get("name")
        if depth == 0 and kind not in _SILENT and isinstance(path, str):
            paths.append(path)
    return tuple(paths)


def _complete(row: Record, questions: tuple[str, ...]) -> Record:
    root = str(row.get(KEY) or row.get("_uuid") or "").removeprefix("uuid:")
    if not root:
        raise SourceFailed("A submission has neither “meta/rootUuid” nor “_uuid”.")
    return {**dict.fromkeys(questions), **_with_item_keys(row, root), KEY: root}


def _with_item_keys(row: Record, above: str) -> Record:
    """Name the items of each repeat: a member has no id of its own, only a place in the form."""
    named = dict(row)
    for name, value in row.items():
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            named[name] = [
                {**_with_item_keys(item, f"{above}/{n}"), ITEM: f"{above}/{n}"}
                if isinstance(item, dict)
                else item
                for n, item in enumerate(value, start=1)
            ]
    return named


def check(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused for options that cannot work."""
    check_url(str(options["url"]))
    if not str(options["asset"]).isalnum():
        raise InvalidInput("The form's uid holds letters and digits only, as in its address.")
    for name in ("lag", "sweep_days"):
        if not str(options.get(name, "1")).isdecimal():
            raise InvalidInput("The option “{name}” must be a whole number.", name=name)


CONNECTOR = Connector(
    key="kobo",
    label="KoboToolbox",
    options=(
        Option(
            "url",
            "Address of the server",
            True,
            default="https://kf.kobotoolbox.org",
            missing="Say the address of the server.",
        ),
        Option(
            "asset",
            "The form's uid",
            True,
            help="The letters and digits after /forms/ in the address of the form.",
            missing="Say the form's uid.",
        ),
        LAG,
        SWEEP,
    ),
    secrets=(
        Option(
            "token",
            "API key of the account",
            True,
            help="KoboToolbox shows it under Account settings, Security.",
            missing="Give the API key of the account.",
        ),
    ),
    fetch=fetch,
    key_column=lambda _options: KEY,
    check=check,
)
