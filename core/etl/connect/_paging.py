"""Five ways to turn pages: by a next address, a cursor token, an offset, a page number, not at all.

An empty page ends the reading, so does one that is the page before once more; a source that never
ends is stopped by the number of pages.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin

from core.etl.connect import Record, SourceFailed
from core.etl.connect._client import Reply

KINDS = {
    "none": "Everything comes in one answer",
    "next_url": "Each answer holds the address of the next",
    "cursor": "Each answer holds a mark to ask for the next with",
    "offset": "By how many records came before",
    "page": "By the number of the page",
}
MOST_PAGES = 20_000
Get = Callable[[str, Mapping[str, str]], Reply]


@dataclass(frozen=True)
class Paging:
    """How one source turns its pages. Paths lead into the answer, parts split by `/`."""

    kind: str = "none"
    rows: str = ""
    next: str = ""
    parameter: str = ""
    size_parameter: str = ""
    size: int = 100
    first_page: int = 1


def find(document: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return what stands at a path (`data/items`, `pages/0`) of an answer, None where nothing."""
    for part in path.split("/") if path else ():
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def records(document: Any, path: str) -> list[Record]:  # noqa: ANN401 - JSON
    """Return the records of an answer; raises SourceFailed where there are none to be found."""
    found = find(document, path)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        if not path:
            raise SourceFailed("The source gives no list of records in its answer. Check the path.")
        raise SourceFailed(
            "The source gives no list of records at “{path}” of its answer. Check the path.",
            path=path,
        )
    return found


def read_pages(get: Get, url: str, params: Mapping[str, str], paging: Paging) -> Iterator[Reply]:
    """Yield the answers page by page, the first one even when it is empty."""
    before, asked = b"", dict(params)
    if paging.size_parameter:
        asked[paging.size_parameter] = str(paging.size)
    done = 0
    if paging.kind in ("offset", "page"):
        asked[paging.parameter] = "0" if paging.kind == "offset" else str(paging.first_page)
    for number in range(MOST_PAGES):
        reply = get(url, asked)
        rows = records(reply.document, paging.rows)
        said = _digest(rows)
        if number and (not rows or said == before):
            return
        yield reply
        before, done = said, done + len(rows)
        following = _next(reply, paging, url, asked, done) if rows else None
        if following is None:
            return
        url, asked = following
    raise SourceFailed("The source did not come to an end within {most:,} pages.", most=MOST_PAGES)


def _next(
    reply: Reply, paging: Paging, url: str, asked: dict[str, str], done: int
) -> tuple[str, dict[str, str]] | None:
    """Return the address and parameters of the page after this one, None after the last."""
    if paging.kind == "next_url":
        target = find(reply.document, paging.next) if paging.next else reply.next_url
        return (urljoin(url, target), {}) if isinstance(target, str) and target else None
    if paging.kind == "cursor":
        token = find(reply.document, paging.next)
        if not isinstance(token, str | int) or token in ("", asked.get(paging.parameter)):
            return None
        return url, {**asked, paging.parameter: str(token)}
    if paging.kind == "offset":
        return url, {**asked, paging.parameter: str(done)}
    if paging.kind == "page":
        return url, {**asked, paging.parameter: str(int(asked[paging.parameter]) + 1)}
    return None


def _digest(rows: list[Record]) -> bytes:
    return blake2b(json.dumps(rows, sort_keys=True).encode(), digest_size=16).digest()
