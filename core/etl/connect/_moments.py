"""How far a source was read: the moment and tie-break of its last record, never past the clock.

What was read up to `value` is asked for again from `value` minus a lag, because records arrive
late; the key of a record makes reading it twice harmless. Every few days everything is read again:
some sources do not move that moment when a record is edited.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.etl.connect import Asked, Cursor, Entry, Option, Part

LAG_S, SWEEP_DAYS = 3600, 7
LAG = Option(
    "lag",
    "How far each import looks back, in seconds",
    default=str(LAG_S),
    part=Part.MORE,
    entry=Entry.NUMBER,
    help="Some records arrive late, so that the time before the last import is read once more: "
    "3600 is one hour.",
)
SWEEP = Option(
    "sweep_days",
    "Days after which everything is read again",
    default=str(SWEEP_DAYS),
    part=Part.MORE,
    entry=Entry.NUMBER,
    help="So that a change is found that its source gives no moment of.",
)


def number(asked: Asked, name: str, otherwise: int) -> int:
    """Return an option that is a whole number."""
    text = asked.text(name)
    return int(text) if text.isdecimal() else otherwise


def moment(text: object) -> datetime | None:
    """Read an ISO moment; one without a zone is in UTC. None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def write(at: datetime) -> str:
    """Write a moment as the sources' filters take it: ISO, UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_sweep(asked: Asked) -> bool:
    """Say whether everything is to be read: the first time, and when the last time is long ago."""
    swept = moment((asked.cursor or {}).get("swept_at"))
    days = number(asked, "sweep_days", SWEEP_DAYS)
    return swept is None or asked.upto - swept >= timedelta(days=days)


def lowest(asked: Asked) -> str | None:
    """Return the moment to read from, None to read everything."""
    value = moment((asked.cursor or {}).get("value"))
    if value is None or is_sweep(asked):
        return None
    return write(value - timedelta(seconds=number(asked, "lag", LAG_S)))


def ceiling(upto: datetime, source: datetime | None) -> datetime:
    """Return the earlier of our clock and the source's own: later records are not settled yet."""
    return min(upto, source) if source else upto


@dataclass
class Reached:
    """The cursor of a run while its records go by."""

    cursor: Cursor

    def see(self, value: object, key: object, upto: datetime) -> None:
        """Move on to a record, unless it lies past `upto` or before where the cursor stands."""
        at = moment(value)
        if at is None or at > upto:
            return
        here = moment(self.cursor.get("value"))
        found = (at, str(key or ""))
        if here is None or found > (here, str(self.cursor.get("id") or "")):
            self.cursor = {**self.cursor, "value": str(value), "id": str(key or "")}


def advance(asked: Asked, *, swept: bool) -> Reached:
    """Return the cursor to move, from where the source was left; a sweep notes its moment."""
    cursor = dict(asked.cursor or {})
    if swept:
        cursor["swept_at"] = asked.upto.isoformat()
    return Reached(cursor)
