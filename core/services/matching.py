"""What a checked file would do to the people known here: previewed, compared, decided by row."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from core.domain.permissions import Actor, Permission, require
from core.errors import InvalidInput, NotFound
from core.etl.choices import Mapping as Columns
from core.etl.runs import duplicates as search
from core.etl.runs.checking import make_order
from core.etl.runs.document import Document
from core.etl.runs.taken import identifiers_of
from core.models import ImportRun, RunState
from core.storage import audit
from core.storage.database import Session, reading, transaction
from core.storage.importing import duplicates, imports, preview, stage
from core.storage.importing.conflicts import RULES
from core.storage.importing.duplicates import Known
from core.storage.importing.matching import SAME_ROW, SOMEBODY_NEW
from core.storage.importing.preview import KINDS, Foreseen
from core.storage.importing.publish import Publication
from core.storage.importing.receipts import Order, publication_of

__all__ = ["KINDS", "SAME_ROW", "SOMEBODY_NEW", "Foreseen"]
PAGE = 50
TO_DECIDE = ("identifier_taken", duplicates.RULE)
"""The rules whose rows somebody may decide about: whom the row is about."""
_OPEN = (RunState.DRAFT, RunState.CHECKED)


@dataclass(frozen=True)
class Summary:
    """What a publish would do, in rows; `fields` how many rows change each field. `duplicates` is
    None where nobody has looked for them yet, because the file brings too many new rows."""

    new: int
    changed: int
    unchanged: int
    held: int
    conflicts: int
    duplicates: int | None
    fields: Mapping[str, int]
    statuses: int = 0
    """Known people whose status would move to the file's, among the changed."""


@dataclass(frozen=True)
class Candidate:
    """Whom a row may be about: a known person, or the person of an earlier row of the file.

    `choice` goes to `decide`, empty for the row itself; `percent` and `reasons` say how alike they
    are, where that was weighed, and `taken` that a number of the row belongs to this person.
    `decided` marks the choice that stands."""

    choice: str
    name: str
    sex: str | None = None
    birth_date: str | None = None
    place: str | None = None
    phone: str | None = None
    percent: int | None = None
    reasons: tuple[str, ...] = ()
    taken: bool = False
    decided: bool = False


def summary(actor: Actor, run_uuid: UUID) -> Summary:
    """Return what the publish of a checked run would do."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, RunState.CHECKED)
        found = imports.count_causes(db, run.id or 0, RULES)
        counts = run.counts
        return Summary(
            new=counts["new"],
            changed=counts["changed"],
            unchanged=counts["unchanged"],
            held=counts["held"],
            conflicts=sum(count for *_, count in found),
            duplicates=counts.get("duplicates"),
            fields=preview.count_fields(db, make_order(db, actor, run, all_or_nothing=False).stage),
            statuses=counts.get("statuses", 0),
        )


def preview_page(
    actor: Actor, run_uuid: UUID, kind: str, cursor: int | None = None, size: int = PAGE
) -> Foreseen:
    """Return rows of one of KINDS beyond `cursor`, cell by cell; logged before they leave.

    A person's values above the reader's field level are left out. Raises Conflict when the file
    is not checked or what the check foresaw is gone.
    """
    require(actor, Permission.IMPORT)
    if kind not in KINDS:
        raise InvalidInput(
            "“{kind}” is no kind of row. Choose one of: {names}.", kind=kind, names=", ".join(KINDS)
        )
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, RunState.CHECKED)
        if "origin" in run.counts:
            return Foreseen([], None, [])  # published before as it is: no row was read
        _, publication = _plan(db, actor, run)
        found = preview.read_page(db, actor, publication, kind, cursor or 0, size)
    audit.record_access(
        actor.name, "import.preview", f"import_run:{run_uuid}", kind=kind, people=list(found.shown)
    )
    return found


def _plan(db: Session, actor: Actor, run: ImportRun) -> tuple[Order, Publication]:
    order = make_order(db, actor, run, all_or_nothing=False)
    spaces = imports.find_spaces(db, order.spaces.person, order.spaces.household)
    return order, publication_of(order, spaces)


def seek_duplicates(actor: Actor, run_uuid: UUID) -> int:
    """Look for possible duplicates of a checked run, however many people there are; return in how
    many rows. Raises InvalidInput where too many rows are new."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, RunState.CHECKED)
        order, publication = _plan(db, actor, run)
        sought = search.require(search.seek(db, order, publication, search.ON_DEMAND))
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, RunState.CHECKED)
        return search.keep(db, run, sought)["duplicates"]


def to_decide(
    actor: Actor, run_uuid: UUID, cursor: int | None = None, size: int = PAGE
) -> list[int]:
    """Return the numbers of rows about which somebody may decide, beyond `cursor`.

    Raises Conflict when the file is published.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
        return duplicates.rows_to_decide(db, run.id or 0, TO_DECIDE, cursor or 0, size)


def candidates(actor: Actor, run_uuid: UUID, row: int) -> list[Candidate]:
    """Return whom a row may be about, the likeliest first; logged before they leave.

    Nobody outside the actor's grants is among them. Raises Conflict when the file is published.
    """
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
        known, found = _candidates(db, actor, run, row)
    audit.record_access(
        actor.name, "import.preview", f"import_run:{run_uuid}", row=row, people=known
    )
    return found


def _candidates(
    db: Session, actor: Actor, run: ImportRun, row: int
) -> tuple[list[str], list[Candidate]]:
    """Return the registration numbers shown, and the candidates of a row."""
    document, run_id = Document.from_json(run.mapping), run.id or 0
    issues = duplicates.issues_of(db, run_id, row, TO_DECIDE)
    told = [one for rule, value in issues if rule == duplicates.RULE for one in search.read(value)]
    found = [
        _of_person(known, one.percent, one.reasons)
        for one in told
        for known in duplicates.find_people(db, actor, [one.choice])
    ]
    if any(rule == TO_DECIDE[0] for rule, _ in issues):
        columns = document.mapping or Columns({})
        named = identifiers_of(duplicates.raw_of(db, run_id, row), columns)
        owners = duplicates.find_owners(db, actor, named) if named else []
        found += [replace(_of_person(known), taken=True) for known in owners]
    chosen = document.decisions.get(row)
    if not issues and chosen is not None:  # decided: the search does not weigh the row again
        told = [search.Told(chosen, None, ())]
        found = [_of_person(known) for known in duplicates.find_people(db, actor, [chosen])]
    known = [one.choice for one in found]
    found += _of_rows(db, actor, run, [one for one in told if one.choice.startswith(SAME_ROW)])
    return known, [replace(one, decided=one.choice == chosen) for one in found]


def _of_rows(db: Session, actor: Actor, run: ImportRun, told: list[search.Told]) -> list[Candidate]:
    """Return the candidates that are rows of the same file, with their values as checked."""
    if not told:
        return []
    numbers = [int(one.choice.removeprefix(SAME_ROW)) for one in told]
    staged = _staged(db, actor, run, numbers)
    return [
        replace(_of_person(staged[number], one.percent, one.reasons), choice=one.choice)
        if number in staged
        else Candidate(one.choice, "", percent=one.percent, reasons=one.reasons)
        for one, number in zip(told, numbers, strict=True)
    ]


def _staged(db: Session, actor: Actor, run: ImportRun, rows: list[int]) -> dict[int, Known]:
    _, publication = _plan(db, actor, run)
    if stage.count(db, publication.stage) is None:
        return {}
    return duplicates.staged_of(db, publication, rows)


def _of_person(
    known: Known, percent: int | None = None, reasons: tuple[str, ...] = ()
) -> Candidate:
    return Candidate(
        known.registration_no,
        known.full_name,
        str(known.sex) if known.sex else None,
        str(known.birth_date) if known.birth_date else None,
        known.place,
        known.phone,
        percent,
        reasons,
    )


def row_itself(actor: Actor, run_uuid: UUID, row: int) -> Candidate | None:
    """Return a row's own values as checked, to hold its candidates against; as read where it is
    held back, None where the last check knows no such row. Raises Conflict when published."""
    require(actor, Permission.IMPORT)
    with reading() as db:
        run = imports.get(db, actor, run_uuid)
        imports.check_state(run, *imports.CHECKABLE)
        found = _staged(db, actor, run, [row]).get(row)
        if found is not None:
            return replace(_of_person(found), choice="")
        cells = duplicates.raw_of(db, run.id or 0, row)
        headers = Document.from_json(run.mapping).headers_of()
    return _as_read({name: cells.get(header, "") for name, header in headers.items()})


def _as_read(cells: Mapping[str, str]) -> Candidate | None:
    names = [cells.get(name, "") for name in ("full_name", "given_name", "family_name")]
    name = names[0] or " ".join(part for part in names[1:] if part)
    if not any(cells.values()):
        return None
    sex, born, place, phone = (
        cells.get(field) or None for field in ("sex", "birth_date", "location", "phone")
    )
    return Candidate("", name, sex, born, place, phone)


def decide(actor: Actor, run_uuid: UUID, row: int, choice: str | None) -> None:
    """Settle whom a row is about: a candidate's choice, SOMEBODY_NEW, or None to leave it open.

    The file is to be checked again then, with every decision so far. Raises InvalidInput for a
    choice that the row does not have, NotFound for a row about which there is nothing to decide.
    """
    require(actor, Permission.IMPORT)
    with transaction() as db:
        run = imports.get(db, actor, run_uuid, locked=True)
        imports.check_state(run, *_OPEN)
        document = Document.from_json(run.mapping)
        decisions = {one: said for one, said in document.decisions.items() if one != row}
        together = tuple(one for one in document.together if one != row)
        if choice is not None:
            _require_choice(db, actor, run, row, choice)
            decisions[row] = choice
        run.mapping = replace(document, decisions=decisions, together=together).to_json()
        run.state = RunState.DRAFT
        audit.record_act(
            db,
            actor.name,
            "import.decide",
            f"import_run:{run_uuid}",
            row=row,
            choice=choice or "open",
        )


def _require_choice(db: Session, actor: Actor, run: ImportRun, row: int, choice: str) -> None:
    _, found = _candidates(db, actor, run, row)
    if not found and row not in Document.from_json(run.mapping).decisions:
        raise NotFound("A decision about row {row}", row=row)
    if choice != SOMEBODY_NEW and choice not in {one.choice for one in found}:
        raise InvalidInput(
            "Row {row} may not be about “{choice}”. Choose one of its candidates.",
            row=row,
            choice=choice,
        )
