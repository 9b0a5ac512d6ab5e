"""What a move that waited has to say to who asked for it; no text names a person."""

from datetime import date

from core.domain.lifecycle import State
from core.errors import Words

BATCH_PAGE, ORDER_PAGE = "/batch?id={}", "/transition?order={}"
"""The addresses of a receipt and of an order."""
_TARGETS = {
    State.POTENTIAL: "Potential",
    State.ACTIVE: "Active",
    State.SUSPENDED: "Suspended",
    State.GRADUATED: "Graduated",
}


def _state(target: State | None) -> Words:
    return Words(_TARGETS[target] if target else "the next cycle")


def say_carried_out(
    programme: str, target: State | None, day: date, counts: tuple[int, int]
) -> Words:
    """Say that a planned move was carried out; `counts` are those who moved and who stayed."""
    moved, stayed = counts
    if target is State.EXITED:
        return Words(
            "The move planned for {day} in {programme} is done: {moved:,} enrolments ended, "
            "{stayed:,} stayed.",
            day=day.isoformat(),
            programme=programme,
            moved=moved,
            stayed=stayed,
        )
    return Words(
        "The move planned for {day} in {programme} is done: {moved:,} moved to {target}, "
        "{stayed:,} stayed.",
        day=day.isoformat(),
        programme=programme,
        moved=moved,
        target=_state(target),
        stayed=stayed,
    )


def say_failed(programme: str, day: date) -> Words:
    """Say that a planned move was not carried out because who planned it may not any more."""
    return Words(
        "The move planned for {day} in {programme} was not carried out: who planned it may no "
        "longer move people there. Somebody who may has to plan it anew.",
        day=day.isoformat(),
        programme=programme,
    )


def say_broken(programme: str, day: date, why: str) -> Words:
    """Say that a planned move could not be carried out as things are."""
    return Words(
        "The move planned for {day} in {programme} was not carried out: {why}",
        day=day.isoformat(),
        programme=programme,
        why=why,
    )


def say_to_approve(programme: str, day: date) -> Words:
    """Say that a planned move needs a second person since its programme asks for one."""
    return Words(
        "The move planned for {day} in {programme} now waits for a second person: the programme "
        "asks for approval.",
        day=day.isoformat(),
        programme=programme,
    )


def say_approved(programme: str, target: State | None, by: str, counts: tuple[int, int]) -> Words:
    """Say that a move was approved and carried out."""
    moved, stayed = counts
    if target is State.EXITED:
        return Words(
            "{by} approved your move in {programme}: {moved:,} enrolments ended, "
            "{stayed:,} stayed.",
            by=by,
            programme=programme,
            moved=moved,
            stayed=stayed,
        )
    return Words(
        "{by} approved your move in {programme}: {moved:,} moved to {target}, {stayed:,} stayed.",
        by=by,
        programme=programme,
        moved=moved,
        target=_state(target),
        stayed=stayed,
    )


def say_undone(programme: str, by: str, counts: tuple[int, int]) -> Words:
    """Say that an undo was approved and carried out."""
    moved, stayed = counts
    return Words(
        "{by} approved your undo in {programme}: {moved:,} went back, {stayed:,} stayed.",
        by=by,
        programme=programme,
        moved=moved,
        stayed=stayed,
    )


def say_agreed(programme: str, by: str, day: date) -> Words:
    """Say that a move was approved and waits for its day."""
    return Words(
        "{by} approved your move in {programme}. It will be carried out on {day}.",
        by=by,
        programme=programme,
        day=day.isoformat(),
    )


def say_refused(programme: str, by: str) -> Words:
    """Say that a move was refused; the reason is read on its page."""
    return Words(
        "{by} refused your move in {programme}. Open it to read why.", by=by, programme=programme
    )
