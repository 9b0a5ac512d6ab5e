"""What a batch was, how many it touched and how much of it is taken back, in words."""

from core.domain.words_lifecycle import say_kind
from core.services.batches import BatchRow
from core.text import _, show_moment, show_number

_NUMBERS = ("changed", "people", "published", "rows", "households", "enrolments", "fields")
"""The counts that say how much a batch did, the first there is, where it moved no statuses."""


def say_original(row: BatchRow) -> str:
    """Return what an undo took back and when that was done; empty for what is no undo."""
    if row.original is None:
        return ""
    return _(
        "of: {act}, {when}",
        act=say_kind(row.original.kind),
        when=show_moment(row.original.at),
    )


def say_number(row: BatchRow) -> str:
    """Return how many a batch touched: enrolments moved, or people, households or records."""
    counts = row.counts
    if "moved" in counts:
        parts = (int(counts.get(name, 0)) for name in ("moved", "carried", "records"))
        return show_number(sum(parts))
    for name in _NUMBERS:
        if isinstance(counts.get(name), int):
            return show_number(counts[name])
    return ""


def say_undone(row: BatchRow) -> str:
    """Return how much of a batch is taken back now; empty where nothing ever was."""
    undone = row.undone
    if undone is None:
        return ""
    if not undone.number:
        return _("Undo taken back: stands again")
    if undone.number < undone.total:
        done, of = show_number(undone.number), show_number(undone.total)
        return _("Undone for {n} of {total}", n=done, total=of)
    if undone.kept:
        return _("Undone, {n} stayed as they were", n=show_number(undone.kept))
    return _("Undone")
