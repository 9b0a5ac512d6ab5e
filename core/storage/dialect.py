"""The few expressions that the two engines spell differently, for set-based statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from core.domain.numbers import number_sql
from core.storage.database import is_sqlite


@dataclass(frozen=True)
class Spelling:
    """How one engine writes what the statements of the import need."""

    sqlite: bool

    @property
    def uuid(self) -> str:
        return "lower(hex(randomblob(16)))" if self.sqlite else "gen_random_uuid()"

    def number(self, prefix: str, running: str) -> str:
        return number_sql(prefix, running, sqlite=self.sqlite)

    def day(self, parameter: str) -> str:
        return parameter if self.sqlite else f"CAST({parameter} AS date)"

    def moment(self, parameter: str) -> str:
        return parameter if self.sqlite else f"CAST({parameter} AS timestamptz)"

    def days_between(self, first: str, second: str) -> str:
        """Write how many days lie between two dates, whichever is the earlier."""
        if self.sqlite:
            return f"abs(julianday({first}) - julianday({second}))"
        return f"abs({first} - {second})"

    def json(self, expression: str) -> str:
        return expression if self.sqlite else f"CAST({expression} AS jsonb)"

    def pair(self, before: str, after: str) -> str:
        """Write the JSON array of two values."""
        function = "json_array" if self.sqlite else "jsonb_build_array"
        return f"{function}({before}, {after})"

    def flag(self, expression: str) -> str:
        """Write a truth value for JSON: SQLite keeps 1 and 0."""
        if not self.sqlite:
            return expression
        return f"json(CASE {expression} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"

    def filled(self, pairs: Mapping[str, str]) -> str:
        """Write the JSON object of those keys whose value is not null."""
        if self.sqlite:
            parts = ", ".join(f"'{key}', json({value})" for key, value in pairs.items())
            return f"json_patch('{{}}', json_object({parts}))"
        parts = ", ".join(f"'{key}', {value}" for key, value in pairs.items())
        return f"jsonb_strip_nulls(jsonb_build_object({parts}))"

    def merged(self, *objects: str) -> str:
        """Write the JSON object with the keys of all; a later one wins."""
        if not self.sqlite:
            return " || ".join(f"COALESCE({part}, '{{}}')" for part in objects)
        merged = objects[0]
        for part in objects[1:]:
            merged = f"json_patch({merged}, {part})"
        return merged

    def keyed(self, key: str, value: str) -> str:
        """Write the JSON object gathered from rows."""
        function = "json_group_object" if self.sqlite else "jsonb_object_agg"
        return f"{function}({key}, {value})"

    def member(self, key: str, value: str) -> str:
        """Write the JSON object of one key."""
        return f"{'json_object' if self.sqlite else 'jsonb_build_object'}({key}, {value})"

    def item(self, pair: str, position: int) -> str:
        """Write one value of a JSON array, as JSON."""
        return f"({pair} -> '$[{position}]')" if self.sqlite else f"({pair} -> {position})"

    def plain(self, pair: str, position: int) -> str:
        """Write one value of a JSON array, as text (on SQLite as what it is)."""
        return f"({pair} ->> '$[{position}]')" if self.sqlite else f"({pair} ->> {position})"

    def kept(self, expression: str) -> str:
        """Write a kept JSON value as a part of a larger one: SQLite keeps it as text."""
        return f"json({expression})" if self.sqlite else expression

    def as_text(self, expression: str) -> str:
        """Write a kept JSON value as text (on SQLite as what it is)."""
        return f"({expression} ->> '$')" if self.sqlite else f"({expression} #>> '{{}}')"

    def joined(self, space: str, key: str) -> str:
        """Write a key and its name space as one text."""
        return f"({space} || '/' || {key})"

    def each(self, expression: str) -> str:
        """Write the table of a JSON object's keys and values."""
        return f"json_each({expression})" if self.sqlite else f"jsonb_each({expression})"

    def write_day(self, value: date) -> str:
        return value.isoformat()

    def write_moment(self, value: datetime) -> str:
        """Write an aware moment in UTC as the engine keeps it."""
        if self.sqlite:
            return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        return value.isoformat()


def spelling(db: Session) -> Spelling:
    return Spelling(is_sqlite(db))


def run(db: Session, statement: str, **values: object) -> int:
    """Run one statement; return how many rows it wrote."""
    return int(db.execute(text(statement), values).rowcount)  # type: ignore[attr-defined]


def ask(db: Session, statement: str, **values: object) -> int:
    """Return the one number that a query gives."""
    return int(db.execute(text(statement), values).scalar_one() or 0)


def make_temporary(
    db: Session, name: str, query: str, *, index: str | None = None, **values: object
) -> None:
    """Keep a query's rows as a temporary table of this transaction, ready for joins by `index`."""
    run(db, f"DROP TABLE IF EXISTS {name}")
    ending = "" if is_sqlite(db) else " ON COMMIT DROP"
    run(db, f"CREATE TEMPORARY TABLE {name}{ending} AS {query}", **values)
    if index:
        run(db, f"CREATE INDEX {name}_{index} ON {name} ({index})")
    analyse(db, name)


def analyse(db: Session, *names: str) -> None:
    """Tell PostgreSQL's planner how large tables have become; SQLite needs no telling."""
    if not is_sqlite(db):
        run(db, f"ANALYZE {', '.join(names)}")
