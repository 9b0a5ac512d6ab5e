"""The demo country: loading it into a new registry, and removing it before the real work."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from time import monotonic

from core.demo import rows
from core.demo.histories import PROGRAMMES
from core.demo.people import Country, Household, draw_chunks, draw_country
from core.demo.places import COUNTRY
from core.domain.passwords import hash_password, new_password
from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.models import Unit
from core.settings import now, today
from core.storage import accounts, demo, demo_removal, locations, programmes, series
from core.storage.acts import batches
from core.storage.audit import record_act
from core.storage.database import Session, reading, transaction
from core.storage.importing import uploads

_DISTRICT = f"{COUNTRY}0102"
_ROLES = {
    "analyst": (Role.ANALYST, accounts.ROOT_CODE),
    "officer": (Role.ME_OFFICER, accounts.ROOT_CODE),
    "manager": (Role.PROGRAMME_MANAGER, accounts.ROOT_CODE),
    "viewer": (Role.VIEWER, accounts.ROOT_CODE),
    "district_officer": (Role.ME_OFFICER, _DISTRICT),
    "admin": (Role.ADMINISTRATOR, accounts.ROOT_CODE),
    "auditor": (Role.AUDITOR, accounts.ROOT_CODE),
}
_MOST = 10_000_000


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo; its password is shown once and kept as a hash only."""

    name: str
    password: str = field(repr=False)
    role: Role
    area: str


@dataclass(frozen=True)
class DemoReport:
    """What was loaded, in how many seconds, and who may sign in."""

    people: int
    households: int
    enrolments: int
    seconds: float
    accounts: list[DemoAccount]


def load_demo(people: int = 20_000, seed: int = 1) -> DemoReport:
    """Load the country of `seed` with so many people into a registry that holds none yet.

    One transaction for each 20,000 people: a larger load that is stopped half-way leaves a smaller
    country, which remove_demo takes out. Conflict where the registry holds anything but accounts.
    """
    if not 1 <= people <= _MOST:
        raise InvalidInput(
            "The demo country takes 1 to {most:,} people, not {people:,}.",
            most=_MOST,
            people=people,
        )
    started = monotonic()
    load = _Load(draw_country(seed, today()))
    for households in draw_chunks(load.country, people):
        load.store(households)
    counts, seconds = load.counts, monotonic() - started
    return DemoReport(
        counts["people"], counts["households"], counts["enrolments"], seconds, load.accounts
    )


def remove_demo() -> dict[str, int]:
    """Remove all that a demo load made; return how many of each kind.

    The logs stay. Conflict, saying why, where something else has grown on the demo; nothing is
    removed then.
    """
    with transaction() as db:
        demo.lock(db)
        if not demo.is_loaded(db):
            raise NotFound("The demo country")
        obstacles = demo_removal.list_obstacles(db)
        if obstacles:
            raise Conflict(
                "The demo country can no longer be taken out: {obstacles}. Start a new registry "
                "for your own data (another CASELOAD_DATA_DIR).",
                obstacles="; ".join(obstacles),
            )
        counts, kept = demo_removal.remove(db)
        record_act(db, accounts.SYSTEM, "remove_demo", None, **counts)
    for name in kept:
        uploads.path_of(name).unlink(missing_ok=True)
    return counts


def is_demo_loaded() -> bool:
    """Say whether the registry shows the demo country, so that nobody takes it for real."""
    with reading() as db:
        return demo.is_loaded(db)


class _Load:
    """A load under way: the ground it laid with the first chunk, and what it has stored."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.ground: rows.Ground | None = None
        self.accounts: list[DemoAccount] = []
        self.counts: Counter[str] = Counter()

    def store(self, households: list[Household]) -> None:
        """Store one chunk, the first one together with places, programmes and accounts."""
        people, homes, enrolments = rows.count_members(households)
        with transaction() as db:
            ground = self.ground or self._begin(db)
            before = rows.Counters(
                series.take(db, "person", people),
                series.take(db, "household", homes),
                series.take(db, "enrolment", enrolments),
            )
            demo.insert_tables(db, rows.write_tables(households, ground, before))
            counts = self.counts + Counter(people=people, households=homes, enrolments=enrolments)
            batches.set_counts(db, ground.batch_id, counts)
            record_act(db, accounts.SYSTEM, "load_demo", None, people=people)
        self.ground, self.counts = ground, counts

    def _begin(self, db: Session) -> rows.Ground:
        demo.lock(db)
        _check_new(db)
        batch = batches.open_batch(db, demo.KIND, accounts.SYSTEM)
        ground = _lay_ground(db, self.country, batch)
        self.accounts = _add_accounts(db, batch, self.country.today)
        return ground


def _check_new(db: Session) -> None:
    if demo.is_loaded(db):
        raise Conflict("The demo country is loaded already. Remove it first (demo --remove).")
    if not demo.is_empty(db):
        raise Conflict(
            "This registry holds areas, programmes, imports or people, and a demo among them could "
            "be taken for real. Load it into a new registry (another CASELOAD_DATA_DIR)."
        )


def _lay_ground(db: Session, country: Country, batch: int) -> rows.Ground:
    """Insert the places and programmes of the country; return their keys by code."""
    new = [locations.NewPlace(p.code, p.name, p.parent, p.geometry) for p in country.places]
    batches.note_new(db, batch, "location", locations.upsert(db, new).new)
    places = {place.code: place.id for place in locations.lookup(db)}
    made = {
        plan.code: programmes.add(db, plan.code, plan.name, Unit(plan.unit)).id or 0
        for plan in PROGRAMMES
    }
    batches.note_new(db, batch, "programme", made.values())
    return rows.Ground(places, made, batch, demo.write_zone(db))


def _add_accounts(db: Session, batch: int, today: date) -> list[DemoAccount]:
    """Add an account for each role, except where somebody has its name already."""
    opened, keys = [], []
    for name, (role, area) in _ROLES.items():
        if accounts.find_user(db, name):
            continue
        password = new_password()
        user = accounts.add_user(db, name, hash_password(password), now())
        demo.open_account(db, user)
        accounts.add_grant(db, user, role, accounts.find_location(db, area), None, today)
        opened.append(DemoAccount(user.name, password, role, area))
        keys.append(user.id or 0)
    batches.note_new(db, batch, "user", keys)
    return opened
