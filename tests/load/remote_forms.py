"""Four foreign sources of people that change day by day: two databases, a Kobo and an ODK form."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from core.etl.choices import Column, Mapping
from tests.etl.databases import Foreign, foreign
from tests.etl.source_server import (
    KOBO_TIME,
    PASSWORD,
    TOKEN,
    USER,
    Remote,
    odk_time,
    serving,
)

SWEEP_DAYS = 5


class Foreigner(Protocol):
    """A source from the outside: who is put into it, and how it is read."""

    kind: str
    options: dict[str, Any]
    secrets: dict[str, str]
    columns: dict[str, Column]
    host: str
    edits_move: bool
    remote: Remote | None

    def put(self, n: int, name: str, at: datetime, *, edit: bool) -> None: ...


@dataclass
class TablePeople:
    """A table with a moment of change."""

    source: Foreign
    kind: str = "database"
    edits_move: bool = True
    remote: Remote | None = None

    def __post_init__(self) -> None:
        moment = "TIMESTAMPTZ" if self.source.kind == "postgresql" else "DATETIME"
        self.source.run(f"CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, at {moment})")
        self.options = {**self.source.options, "table": "people", "key": "id", "cursor": "at"}
        self.secrets = {"password": self.source.password} if self.source.password else {}
        self.columns = {"name": Column("full_name"), "id": Column(), "at": Column()}
        self.host = self.source.host

    def put(self, n: int, name: str, at: datetime, *, edit: bool) -> None:
        moment = at if self.source.kind == "postgresql" else at.replace(tzinfo=None)
        statement = "UPDATE people SET name = :name, at = :at WHERE id = :n"
        if not edit:
            statement = "INSERT INTO people (id, name, at) VALUES (:n, :name, :at)"
        self.source.run(statement, n=n, name=name, at=moment)


@dataclass
class KoboPeople:
    """A form whose edits keep the moment of submission and get a new `_uuid`."""

    remote: Remote
    kind: str = "kobo"
    edits_move: bool = False
    edits: int = 0
    secrets: dict[str, str] = field(default_factory=lambda: {"token": TOKEN})

    def __post_init__(self) -> None:
        self.remote.survey = [
            {"type": "text", "name": "full_name", "$xpath": "full_name"},
            {"type": "text", "name": "village", "$xpath": "village"},
            {"type": "note", "name": "thanks", "$xpath": "thanks"},
        ]
        self.options = {"url": self.remote.url, "asset": "aForm", "sweep_days": str(SWEEP_DAYS)}
        headers = ("meta/rootUuid", "village", "_id", "_uuid", "_submission_time")
        self.columns = {"full_name": Column("full_name"), **{h: Column() for h in headers}}
        self.host = f"127.0.0.1:{self.remote.port}"

    def put(self, n: int, name: str, at: datetime, *, edit: bool) -> None:
        self.edits += edit
        root = uuid5(NAMESPACE_URL, str(n))
        row = {"_id": n, "_uuid": str(uuid5(root, str(self.edits))), "full_name": name}
        row |= {"meta/rootUuid": f"uuid:{root}", "_submission_time": f"{at:{KOBO_TIME}}"}
        for known in [one for one in self.remote.records if one["_id"] == n]:
            row["_submission_time"] = known["_submission_time"]
            self.remote.records.remove(known)
        self.remote.records.append(row)


@dataclass
class OdkPeople:
    """A form whose edits say when they were made."""

    remote: Remote
    kind: str = "odk"
    edits_move: bool = True
    secrets: dict[str, str] = field(default_factory=lambda: {"password": PASSWORD})

    def __post_init__(self) -> None:
        self.options = {"url": self.remote.url, "project": "7", "form": "people", "user": USER}
        headers = ("__id", "__system/submissionDate", "__system/updatedAt", "group/age")
        self.columns = {"group/name": Column("full_name"), **{h: Column() for h in headers}}
        self.host = f"127.0.0.1:{self.remote.port}"

    def put(self, n: int, name: str, at: datetime, *, edit: bool) -> None:
        known = [one for one in self.remote.records if one["__id"] == f"uuid:{n}"]
        sent = known[0]["__system"]["submissionDate"] if known else odk_time(at)
        for one in known:
            self.remote.records.remove(one)
        system = {"submissionDate": sent, "updatedAt": odk_time(at) if edit else None}
        row = {"__id": f"uuid:{n}", "__system": system, "group": {"name": name, "age": None}}
        self.remote.records.append({**row, "group@odata.navigationLink": "x"})


@contextmanager
def foreigner(kind: str, folder: Path) -> Iterator[Foreigner]:
    """One of the four, empty."""
    if kind in ("postgresql", "mariadb"):
        with foreign(kind, folder, f"people_{os.getpid()}") as source:
            yield TablePeople(source)
        return
    with serving(Remote(page_size=4)) as remote:
        yield KoboPeople(remote) if kind == "kobo" else OdkPeople(remote)


def mapping_of(source: Foreigner) -> Mapping:
    return Mapping(source.columns)


def moment_of(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
