"""Short ways to bring a file in, for tests of imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.domain.fields import Status
from core.domain.permissions import Actor
from core.etl import pipeline
from core.models import Location, Programme, Unit
from core.services import imports
from core.services.imports import Receipt, StartImport
from core.storage.database import reading, transaction


@dataclass(frozen=True)
class Desk:
    """An actor at work on imports into one programme."""

    actor: Actor
    folder: Path
    programme: str = "CASH"
    status: Status = Status.POTENTIAL

    def start(self, rows: str | Path, key: str | None = None) -> UUID:
        """Begin a run of a file, or of lines of CSV, and settle the suggested columns."""
        path = rows if isinstance(rows, Path) else self.folder / "people.csv"
        if isinstance(rows, str):
            path.write_text(rows, encoding="utf-8")
        order = StartImport(path, path.name, self.programme, self.status)
        run = imports.start(self.actor, order)
        document = imports.describe(self.actor, run).document
        mapping = pipeline.default_mapping(document.suggestions)
        imports.set_mapping(self.actor, run, mapping, key)
        return run

    def checked(self, rows: str | Path, key: str | None = None) -> UUID:
        """Begin and check a run."""
        run = self.start(rows, key)
        imports.check(self.actor, run)
        return run

    def published(self, rows: str | Path, key: str | None = None) -> Receipt:
        """Begin, check and publish a run."""
        return imports.publish(self.actor, self.checked(rows, key))

    def rules(self, run: UUID) -> dict[str, tuple[int, ...]]:
        """The rules that a run breaks, with the rows."""
        return {found.rule: found.rows for found in imports.findings(self.actor, run)}


def figures(receipt: Receipt) -> tuple[int, int, int, int]:
    """New, changed, unchanged, held."""
    return receipt.new, receipt.changed, receipt.unchanged, receipt.held


def add_programme(code: str, unit: Unit = Unit.INDIVIDUAL) -> int:
    with transaction() as db:
        programme = Programme(code=code, name=f"Programme {code}", unit=unit)
        db.add(programme)
        db.flush()
        return programme.id or 0


def add_place(code: str, name: str, above: str = "ROOT") -> None:
    with transaction() as db:
        parent = db.execute(
            text("SELECT id, path, level FROM location WHERE code = :code"), {"code": above}
        ).one()
        place = Location(code=code, name=name, level=parent.level + 1, parent_id=parent.id, path="")
        db.add(place)
        db.flush()
        place.path = f"{parent.path}{place.id}/"


def ask(query: str, **values: Any) -> Sequence[Any]:
    """The rows of a query, as tuples."""
    with reading() as db:
        return [tuple(row) for row in db.execute(text(query), values)]
