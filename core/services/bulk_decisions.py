"""Many possible duplicates decided in one act, and that act taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import Conflict, InvalidInput
from core.etl.runs import duplicates as search
from core.etl.runs.document import Document
from core.models import ImportRun, RunState
from core.storage import audit
from core.storage.database import Session, reading, transaction
from core.storage.importing import duplicates, imports
from core.storage.importing.matching import SAME_ROW, SOMEBODY_NEW

LEAST, MOST = 1, 100
_OPEN = (RunState.DRAFT, RunState.CHECKED)


@dataclass(frozen=True)
class Alike:
    """How many undecided rows have one candidate, and no other, that is so much alike; of these
    `in_file` are about an earlier row of the file. `ambiguous` rows have two such candidates: they
    are left to a person, row by row."""

    rows: int
    in_file: int
    ambiguous: int


def count_alike(actor: Actor, run_uuid: UUID, percent: int) -> Alike:
    """Return what `decide_alike` would decide now. Raises Conflict for a published file."""
    require(actor, Permission.IMPORT)
    _check_percent(percent)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
        choices, ambiguous = _find(db, actor, run, percent)
    return Alike(len(choices), len(_rows_of(choices.values())), ambiguous)


def decide_alike(actor: Actor, run_uuid: UUID, percent: int, *, same: bool, expected: int) -> int:
    """Settle that every row `count_alike` counts is about its candidate, or with `same` false
    about somebody new; return how many rows.

    The file is to be checked again then. Raises Conflict when there are not `expected` rows any
    more, or when the file is published.
    """
    require(actor, Permission.IMPORT)
    _check_percent(percent)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *_OPEN)
        found, _ = _find(db, actor, run, percent)
        if len(found) != expected or not found:
            raise Conflict(
                "There are {n} such rows now, not {expected}. Look again and decide then.",
                n=len(found),
                expected=expected,
            )
        document = Document.from_json(run.mapping)
        taken = found if same else dict.fromkeys(found, SOMEBODY_NEW)
        run.mapping = replace(
            document,
            decisions={**document.decisions, **taken},
            together=tuple(sorted({*document.together, *found})),
        ).to_json()
        run.state = RunState.DRAFT
        audit.record_act(
            db,
            actor.name,
            "import.decide_alike",
            f"import_run:{run_uuid}",
            rows=len(found),
            percent=percent,
            choice="same" if same else SOMEBODY_NEW,
        )
    return len(found)


def reopen(actor: Actor, run_uuid: UUID) -> int:
    """Leave every row open again that was decided together with others; return how many.

    What was decided row by row stands. The file is to be checked again then. Raises Conflict when
    nothing was decided together, or when the file is published.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *_OPEN)
        document = Document.from_json(run.mapping)
        rows = set(document.together)
        if not rows:
            raise Conflict("No rows of “{file}” were decided together.", file=run.file_name)
        kept = {row: said for row, said in document.decisions.items() if row not in rows}
        run.mapping = replace(document, decisions=kept, together=()).to_json()
        run.state = RunState.DRAFT
        audit.record_act(
            db, actor.name, "import.decide_reopen", f"import_run:{run_uuid}", rows=len(rows)
        )
    return len(rows)


def _check_percent(percent: int) -> None:
    if not LEAST <= percent <= MOST:
        raise InvalidInput(
            "“{n}” is no percentage. Choose one from {least} to {most}.",
            n=percent,
            least=LEAST,
            most=MOST,
        )


def _find(db: Session, actor: Actor, run: ImportRun, percent: int) -> tuple[dict[int, str], int]:
    """Return whom the rows are about, and how many rows have two candidates as likely.

    A candidate who has left the actor's reach since the check is nobody's.
    """
    decided = Document.from_json(run.mapping).decisions
    found = search.alone(duplicates.weighed(db, run.id or 0), percent)
    people = {one for one in found.choices.values() if not one.startswith(SAME_ROW)}
    shown = duplicates.within_reach(db, actor, people)
    choices = {
        row: choice
        for row, choice in found.choices.items()
        if row not in decided and (choice.startswith(SAME_ROW) or choice in shown)
    }
    return choices, len(found.ambiguous - decided.keys())


def _rows_of(choices: Iterable[str]) -> list[str]:
    return [one for one in choices if one.startswith(SAME_ROW)]
