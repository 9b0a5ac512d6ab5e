"""What the run of a source has to say, to its owner and to the command line."""

from collections.abc import Sequence

from core.errors import Words

_MOST_NAMED, _LONGEST_NAMED = 10, 40

NOTHING_NEW = Words("Nothing new.")


def name_columns(headers: Sequence[str]) -> str:
    """Name columns, the first ten of many."""
    names = ", ".join(f"“{header[:_LONGEST_NAMED]}”" for header in headers[:_MOST_NAMED])
    more = len(headers) - _MOST_NAMED
    return Words("{names} and {n} more", names=names, n=more) if more > 0 else names


def say_busy(source: str) -> Words:
    """Say that the last run of a source is not finished."""
    return Words(
        "Somebody is at work on the last run of “{name}”; it comes first.",
        name=source,
    )


def say_missing(headers: Sequence[str]) -> Words:
    """Say that columns a source is mapped by are not in its answer."""
    return Words("These columns are missing: {names}.", names=name_columns(headers))


def say_unsettled(headers: Sequence[str]) -> Words:
    """Say that a person must settle what columns hold."""
    return Words(
        "Somebody must say what these columns hold: {names}.",
        names=name_columns(headers),
    )


def say_held(held: int, rows: int, most: int) -> Words:
    """Say that more rows would be held back than the source allows, in percent."""
    return Words(
        "{held} of {rows} rows would be held back, more than {most} %.",
        held=held,
        rows=rows,
        most=most,
    )


def say_waiting(source: str, rows: int, held: int) -> Words:
    """Say that an answer is checked and waits for a person to publish it."""
    return Words(
        "“{name}” waits to be published: clean rows {clean:,}, held back {held:,}.",
        name=source,
        clean=rows - held,
        held=held,
    )


def say_fresh(source: str, headers: Sequence[str]) -> Words:
    """Say that a source has columns it had not before."""
    return Words("“{name}” has new columns: {names}.", name=source, names=name_columns(headers))


def say_paused(source: str, why: Words) -> Words:
    """Say that a source is paused, and why."""
    return Words("“{name}” is paused. {why}", name=source, why=why)


def say_failed(source: str, why: Words) -> Words:
    """Say that a source could not be imported, and why."""
    return Words("“{name}” could not be imported: {why}", name=source, why=why)


def say_not_allowed(user: str) -> Words:
    """Say that a source's owner has lost the grants it needs."""
    return Words(
        "The account “{user}” may no longer import into the programme.",
        user=user,
    )
