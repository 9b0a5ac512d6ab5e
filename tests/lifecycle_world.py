"""A small registry whose statuses move, and how it stands, for the model to be held against."""

from uuid import UUID

from sqlalchemy import select, text, update

from core.domain.fields import Sex, Status
from core.domain.lifecycle import DEFAULT_MOVES, HouseholdRule
from core.domain.permissions import Actor, Role
from core.models import (
    Batch,
    Household,
    Membership,
    MoveOrder,
    Person,
    Unit,
    User,
)
from core.models import Programme as ProgrammeRow
from core.settings import today
from core.storage import accounts
from core.storage.content import content_hash
from core.storage.database import Session, reading, transaction
from tests import lifecycle_parts as parts
from tests.lifecycle_parts import Enrolled, Standing
from tests.lifecycle_reading import Row, read, table
from tests.lifecycle_waiting import Model
from tests.people import EAST, WEST, add_areas, add_person
from tests.rows import DAY, add_household, add_human
from tests.world import add_batch, enrol, place_id

__all__ = ["DAY", "content_hash"]
_P, _A, _S, _G, _X = "POTENTIAL", "ACTIVE", "SUSPENDED", "GRADUATED", parts.EXITED
USUAL = dict.fromkeys(
    (
        *((_P, _A), (_A, _S), (_A, _G), (_S, _A), (_S, _G)),
        *((before, _X) for before in (_P, _A, _S, _G)),
    ),
    False,
)
"""The moves that the default is said to be, written once more."""
OPEN_AGAIN = [{"before": _X, "after": _A}, {"before": _G, "after": _A}]
WOMEN = {"field": "sex", "op": "is", "value": "FEMALE"}
HOMES = ((EAST, 3), (EAST, 2), (WEST, 2), (EAST, 0), (WEST, 0))
"""Where each household lives and how many are in it; a household of none is somebody alone."""
EMPTIED = (
    *("row_image", "move_subject", "move_order", "status_change", "enrolment", "membership"),
    *("identifier", "source_key", "household_key", "import_step", "row_issue", "import_row"),
    *("import_run", "rewound_record", "change", "batch", "household", "person", "programme"),
    *("search_outbox", "search_entry", "source_space"),
)


def empty() -> None:
    """Leave of a registry only its places, its users and its logs."""
    with transaction() as db:
        for table in EMPTIED:
            db.execute(text(f"DELETE FROM {table}"))


def settle() -> Actor:
    """Insert what stays: places, the managers mona (everywhere) and elif (EAST), and brook, who
    imports and is returned."""
    with transaction() as db:
        add_areas(db)
        add_person(db, "mona", Role.PROGRAMME_MANAGER)
        add_person(db, "elif", Role.PROGRAMME_MANAGER, EAST)
        return add_person(db, "brook", Role.ANALYST)


def load(name: str) -> Actor:
    """A manager with what they may do."""
    with reading() as db:
        user = db.execute(select(User).where(table(User).c.name == name)).scalar_one()
        return accounts.load_actor(db, user, today())


def area(code: str) -> int:
    with reading() as db:
        return place_id(db, code)


def build(capacity: int) -> Model:
    """Fill an empty registry; return the model of it."""
    with transaction() as db:
        programmes = _add_programmes(db, capacity)
        batch = add_batch(db)
        for area, size in HOMES:
            _add_home(db, batch, programmes, place_id(db, area), size)
    moves = {"ANYONE": USUAL | {(_X, _A): False, (_G, _A): False, (_S, _G): True}}
    made = Model(
        {
            one.code: parts.Programme(
                one.code,
                str(one.household_rule),
                one.unit == Unit.HOUSEHOLD,
                one.capacity,
                moves.get(one.code, USUAL),
            )
            for one in programmes
        }
    )
    live(made)
    for row in read():
        made.begin(_enrolled(row), 0, row.standing)
    return made


def _add_programmes(db: Session, capacity: int) -> list[ProgrammeRow]:
    allowed = [
        {**move.to_json(), "condition": WOMEN}
        if (move.before, move.after) == (_S, _G)
        else move.to_json()
        for move in DEFAULT_MOVES
    ]
    made = [
        ProgrammeRow(
            code="HEADS", name="Heads", household_rule=HouseholdRule.HEAD, capacity=capacity
        ),
        ProgrammeRow(
            code="ANYONE",
            name="Anyone",
            household_rule=HouseholdRule.ANY,
            moves=allowed + OPEN_AGAIN,
        ),
        ProgrammeRow(code="TOGETHER", name="Together", household_rule=HouseholdRule.ALL),
        ProgrammeRow(code="HOUSES", name="Houses", unit=Unit.HOUSEHOLD, capacity=2),
    ]
    db.add_all(made)
    db.flush()
    return made


def _add_home(
    db: Session, batch: Batch, programmes: list[ProgrammeRow], place: int, size: int
) -> None:
    people = []
    for n in range(max(size, 1)):
        sex = Sex.MALE if n else Sex.FEMALE
        people.append(add_human(db, f"Awa {place}-{size}-{n}", place, sex=sex))
    home = add_household(db, place, *people) if size else None
    for programme in programmes:
        if programme.unit != Unit.HOUSEHOLD:
            for n, person in enumerate(people):
                status = Status.SUSPENDED if n == 2 and programme.code == "HEADS" else Status.ACTIVE
                if programme.code == "HEADS" and size == 2:
                    status = Status.POTENTIAL
                enrol(db, batch, person, programme, status)
        if home is not None:
            status = Status.POTENTIAL if programme.code == "HOUSES" else Status.ACTIVE
            if programme.code == "HEADS" and size == 2:
                status = Status.POTENTIAL
            enrol(db, batch, people[0], programme, status, household_id=home)


def _enrolled(row: Row) -> Enrolled:
    return Enrolled(row.key, row.programme, row.cycle, row.person, row.home, row.version, [])


def live(made: Model) -> None:
    """Tell the model who lives where, who leads, and who was merged away."""
    p, m, h = table(Person).c, table(Membership).c, table(Household).c
    with reading() as db:
        people = db.execute(select(p.id, p.location_id, p.merged_into_id, p.sex)).all()
        living = db.execute(
            select(m.person_id, m.household_id, m.is_head).where(m.until.is_(None))
        ).all()
        gone = db.execute(select(h.id).where(h.merged_into_id.is_not(None))).scalars()
        made.gone_homes = set(gone)
    made.area_of = {key: place for key, place, _merged, _sex in people}
    made.merged = {key: merged for key, _place, merged, _sex in people if merged is not None}
    made.women = {key for key, _place, _merged, sex in people if sex == Sex.FEMALE}
    made.home_of = {person: home for person, home, _head in living}
    made.heads = {person for person, _home, head in living if head}


def adopt(made: Model, batch: int) -> None:
    """Take over what an act on people, households, files or cycles did to enrolments: some began,
    some left with their import where it had put them, some ended as a duplicate or with their
    cycle, and nothing else happened to a status."""
    live(made)
    rows = {row.key: row for row in read()}
    for key in set(made.enrolled) - set(rows):
        trail = made.enrolled.pop(key).trail
        assert trail[-1].place == trail[0].place, "what has moved on left with its import"
    for key, row in rows.items():
        known = made.enrolled.get(key)
        if known is None:
            assert row.standing.ended_on is None
            made.begin(_enrolled(row), batch, row.standing)
            continue
        before = known.standing
        assert row.version >= known.version
        known.person, known.home = row.person, row.home
        if row.standing != before:
            expected = Standing(
                before.status, before.since, row.standing.ended_on, row.standing.exit_reason
            )
            assert row.standing == expected
            assert row.standing.exit_reason in ("DUPLICATE", "NEXT_CYCLE")
            assert before.ended_on is None
            made.move(known, batch, row.standing)
            assert row.version > known.version
        known.version = row.version


def ask_a_second_person(asks: bool) -> None:
    """Switch approval on in every programme, or off."""
    with transaction() as db:
        db.execute(text("UPDATE programme SET approval = :asks"), {"asks": asks})


def let_its_day_come(order: UUID) -> None:
    """What one order waits for is today."""
    o = table(MoveOrder)
    with transaction() as db:
        db.execute(update(o).where(o.c.uuid == order).values(effective_on=today()))


def limit(programme: str, places: int | None) -> None:
    """Give a programme so many places."""
    p = table(ProgrammeRow)
    with transaction() as db:
        db.execute(update(p).where(p.c.code == programme).values(capacity=places))


def forget_waiting() -> None:
    """Let search have read everybody."""
    with transaction() as db:
        db.execute(text("DELETE FROM search_outbox"))
