"""Accounts, their grants, sessions and failed sign-ins."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from core.domain.permissions import Actor, Permission, Role, Scope
from core.errors import NotFound
from core.models import (
    Download,
    Grant,
    Location,
    MoveOrder,
    Programme,
    SignInAttempt,
    User,
    UserSession,
)
from core.storage.database import engine, is_sqlite

ROOT_CODE = "ROOT"
SYSTEM = "system"
# No hash looks like this, so no password fits it.
NO_PASSWORD = "!"  # noqa: S105
_SYSTEM_ROLES = (
    Role.ANALYST,
    Role.PROGRAMME_MANAGER,
    Role.APPROVER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)


def write_name(name: str) -> str:
    """Return an account's name as it is kept: names differ neither by case nor by spaces."""
    return name.strip().casefold()


def find_user(db: Session, name: str) -> User | None:
    """Return the account called `name`, whatever its case."""
    return db.execute(select(User).where(col(User.name) == write_name(name))).scalar()


def get_user(db: Session, user_id: int) -> User:
    """Return an account by its key."""
    return cast(User, db.execute(select(User).where(col(User.id) == user_id)).scalar_one())


def load_actor(db: Session, user: User, today: date) -> Actor:
    """Return the account as an actor with the grants in force on `today`, and no others."""
    rows = db.execute(
        select(col(Grant.role), col(Location.path), col(Grant.programme_id))
        .join(Location, col(Location.id) == col(Grant.location_id))
        .where(
            col(Grant.user_id) == user.id,
            col(Grant.valid_from) <= today,
            or_(col(Grant.valid_to).is_(None), col(Grant.valid_to) >= today),
        )
        .order_by(col(Grant.id))
    )
    scopes = tuple(Scope(role, path, programme_id) for role, path, programme_id in rows)
    return Actor(cast(int, user.id), user.name, scopes, user.language)


def load_mover(db: Session, order: MoveOrder, today: date) -> Actor | None:
    """Return who asked for an order, with the grants in force on `today`; None where the account is
    out of use or may move nobody in the order's programme any more."""
    user = db.get(User, order.user_id) if order.user_id is not None else None
    if user is None or not user.active:
        return None
    actor = load_actor(db, user, today)
    reach = {scope.programme_id for scope in actor.scopes_for(Permission.TRANSITION)}
    return actor if reach & {None, order.programme_id} else None


def add_user(db: Session, name: str, password_hash: str, at: datetime) -> User:
    """Insert an account that must choose a password of its own at its first sign-in."""
    user = User(
        name=write_name(name), password_hash=password_hash, must_change_password=True, created_at=at
    )
    db.add(user)
    db.flush()
    return user


def add_grant(
    db: Session, user: User, role: Role, location: Location, programme_id: int | None, since: date
) -> None:
    """Give `user` a role over the subtree under `location`, in one programme or in all."""
    db.add(
        Grant(
            user_id=cast(int, user.id),
            role=role,
            location_id=cast(int, location.id),
            programme_id=programme_id,
            valid_from=since,
        )
    )
    db.flush()


def find_location(db: Session, code: str) -> Location:
    """Return the area called `code`; NotFound where there is none."""
    found = db.execute(select(Location).where(col(Location.code) == code)).scalar()
    if found is None:
        raise NotFound("The area “{code}”", code=code)
    return cast(Location, found)


def find_programme_id(db: Session, code: str) -> int:
    """Return the key of the programme called `code`; NotFound where there is none."""
    found = db.execute(select(col(Programme.id)).where(col(Programme.code) == code)).scalar()
    if found is None:
        raise NotFound("The programme “{code}”", code=code)
    return cast(int, found)


def has_administrator(db: Session) -> bool:
    """Say whether any account that can sign in was ever made administrator."""
    granted = (
        select(col(Grant.id))
        .join(User, col(User.id) == col(Grant.user_id))
        .where(col(Grant.role) == Role.ADMINISTRATOR, col(User.password_hash) != NO_PASSWORD)
    )
    return db.execute(granted.limit(1)).first() is not None


def make_system(db: Session, at: datetime) -> User:
    """Return the account of jobs and of the command line, made with its grants when missing.

    It acts everywhere through explicit grants like anybody, and no password opens it.
    """
    found = find_user(db, SYSTEM)
    if found:
        return found
    user = add_user(db, SYSTEM, NO_PASSWORD, at)
    user.must_change_password = False
    everywhere = find_location(db, ROOT_CODE)
    for role in _SYSTEM_ROLES:
        add_grant(db, user, role, everywhere, None, date.min)
    return user


def set_password(db: Session, user_id: int, password_hash: str) -> None:
    """Keep a password that the account's owner chose."""
    db.execute(
        update(User)
        .where(col(User.id) == user_id)
        .values(password_hash=password_hash, must_change_password=False)
    )


def set_language(db: Session, user_id: int, language: str) -> None:
    """Keep the language the account's owner reads."""
    db.execute(update(User).where(col(User.id) == user_id).values(language=language))


# --- sessions -------------------------------------------------------------------------------


def add_session(db: Session, token_hash: str, user_id: int, at: datetime) -> None:
    """Note a signed-in browser."""
    db.execute(
        insert(UserSession).values(
            token_hash=token_hash, user_id=user_id, created_at=at, seen_at=at
        )
    )


def find_session(
    db: Session, token_hash: str, seen_after: datetime, made_after: datetime
) -> UserSession | None:
    """Return a session that was neither idle since `seen_after` nor made before `made_after`."""
    return db.execute(
        select(UserSession).where(
            col(UserSession.token_hash) == token_hash,
            col(UserSession.seen_at) > seen_after,
            col(UserSession.created_at) > made_after,
        )
    ).scalar()


def touch_session(token_hash: str, at: datetime) -> None:
    """Note a sign of life, in a transaction of its own.

    On SQLite it is skipped while a writer holds the file: reading must not wait for it, and the
    next request notes it again.
    """
    reads = engine().dialect.name == "sqlite"
    note = update(UserSession).where(col(UserSession.token_hash) == token_hash).values(seen_at=at)
    # One connection throughout: the pool would hand out another after the commit, and the first
    # would never again wait for its turn.
    with engine().execution_options(reads=reads).connect() as connection:
        kept = connection.execute(text("PRAGMA busy_timeout")).scalar_one() if reads else 0
        if reads:
            connection.execute(text("PRAGMA busy_timeout = 0"))
        try:
            connection.execute(note)
            connection.commit()
        except OperationalError:
            connection.rollback()
        finally:
            if reads:
                connection.execute(text(f"PRAGMA busy_timeout = {int(kept)}"))


def end_session(db: Session, token_hash: str) -> None:
    """End one session, and with it the tickets it holds."""
    db.execute(delete(Download).where(col(Download.session_hash) == token_hash))
    db.execute(delete(UserSession).where(col(UserSession.token_hash) == token_hash))


def end_sessions_of(db: Session, user_id: int) -> None:
    """End all sessions of an account, and the tickets they hold."""
    db.execute(delete(Download).where(col(Download.user_id) == user_id))
    db.execute(delete(UserSession).where(col(UserSession.user_id) == user_id))


def remove_ended(db: Session, seen_after: datetime, made_after: datetime, at: datetime) -> int:
    """Remove sessions past their time, tickets past theirs, and failed sign-ins made before
    `made_after`; return how many rows went."""
    ended = (
        delete(Download).where(col(Download.expires_at) <= at),
        delete(UserSession).where(
            or_(col(UserSession.seen_at) <= seen_after, col(UserSession.created_at) <= made_after)
        ),
        delete(SignInAttempt).where(col(SignInAttempt.at) <= made_after),
    )
    return sum(cast(CursorResult[Any], db.execute(one)).rowcount for one in ended)


# --- guessing -------------------------------------------------------------------------------


def lock_attempts(db: Session, name: str) -> None:
    """Let one sign-in for `name` at a time count: ten sent at once are ten, not one.

    SQLite's transaction holds the file already.
    """
    if not is_sqlite(db):
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"sign-in {name}"))))


def list_attempts(
    db: Session, after: datetime, *, name: str | None = None, address: str | None = None
) -> list[datetime]:
    """Return when sign-ins failed after `after`, for a name or from an address, oldest first."""
    query = select(col(SignInAttempt.at)).where(col(SignInAttempt.at) > after)
    if name is not None:
        query = query.where(col(SignInAttempt.name) == name)
    if address is not None:
        query = query.where(col(SignInAttempt.address) == address)
    return list(db.execute(query.order_by(col(SignInAttempt.at))).scalars())


def add_attempt(db: Session, name: str, address: str, at: datetime) -> None:
    """Count a sign-in as failed until it succeeds."""
    db.execute(insert(SignInAttempt).values(name=name, address=address, at=at))


def forget_attempts(db: Session, name: str) -> None:
    """Forget the failures of an account whose owner got in."""
    db.execute(delete(SignInAttempt).where(col(SignInAttempt.name) == name))
