"""Accounts: signing in and out, the session behind a request, users and their grants."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from core.domain import accounts as rules
from core.domain.accounts import SignInRefused
from core.domain.passwords import check_password, hash_password, new_password
from core.domain.permissions import Actor, Permission, Role, require
from core.errors import InvalidInput, NotFound, NotSignedIn
from core.models import Location, User
from core.settings import now, today
from core.storage import accounts
from core.storage.audit import record_act
from core.storage.database import reading, transaction
from core.text import LANGUAGES

FIRST_ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session; `token` goes into the cookie and is kept nowhere else."""

    token: str
    actor: Actor
    must_change_password: bool


@dataclass(frozen=True)
class SessionInfo:
    """The session behind a request, with the grants in force now."""

    actor: Actor
    token_hash: str
    must_change_password: bool


@dataclass(frozen=True)
class NewUser:
    """An account to add with its first grant; no area means everywhere, no programme means all."""

    name: str
    role: Role
    area_code: str | None = None
    programme_code: str | None = None


def hash_token(token: str) -> str:
    """Return what is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(name: str, password: str, address: str) -> SignedIn:
    """Open a session; SignInRefused for an unknown name as for a wrong password, in equal time,
    TooManyAttempts after repeated failures."""
    user = _check_owner(name, password, address)
    token = secrets.token_urlsafe(32)
    with transaction() as db:
        accounts.forget_attempts(db, user.name)
        accounts.add_session(db, hash_token(token), user.id or 0, now())
        record_act(db, user.name, "sign_in", f"user:{user.uuid}", address=address)
        return SignedIn(token, accounts.load_actor(db, user, today()), user.must_change_password)


def _check_owner(name: str, password: str, address: str) -> User:
    """Return the account that `password` opens; the try counts as failed until it succeeds."""
    written, stand_in = accounts.write_name(name)[:100], _any_hash()
    with transaction() as db:
        accounts.lock_attempts(db, written)
        at = now()
        for most, failures in (
            (
                rules.FAILURES_PER_NAME,
                accounts.list_attempts(db, at - rules.WINDOW, name=written),
            ),
            (
                rules.FAILURES_PER_ADDRESS,
                accounts.list_attempts(db, at - rules.WINDOW, address=address),
            ),
        ):
            rules.check_attempts(failures, most, at)
        accounts.add_attempt(db, written, address, at)
        user = accounts.find_user(db, written)
    opens = user is not None and user.active and user.password_hash != accounts.NO_PASSWORD
    fits = check_password(
        password[: rules.LONGEST_PASSWORD + 1],
        user.password_hash if user and opens else stand_in,
    )
    if user is None or not opens or not fits:
        with transaction() as db:
            # A name nobody has may be a password typed into the wrong box: it is not logged.
            who, subject = (user.name, f"user:{user.uuid}") if user else ("unknown", None)
            record_act(db, who, "sign_in_refused", subject, address=address)
        raise SignInRefused
    return user


@cache
def _any_hash() -> str:
    """A hash to check against where there is no account: the answer takes as long."""
    return hash_password(new_password())


def sign_out(token: str) -> None:
    """End the session behind `token`, in every tab; an ended one stays ended."""
    token_hash = hash_token(token)
    with transaction() as db:
        session = accounts.find_session(db, token_hash, *_limits())
        if session:
            user = accounts.get_user(db, session.user_id)
            record_act(db, user.name, "sign_out", f"user:{user.uuid}")
        accounts.end_session(db, token_hash)


def find_session(token: str) -> SessionInfo:
    """Return the session behind `token` with today's grants; NotSignedIn when it has ended."""
    token_hash = hash_token(token)
    with reading() as db:
        session = accounts.find_session(db, token_hash, *_limits())
        user = accounts.get_user(db, session.user_id) if session else None
        if session is None or user is None or not user.active:
            raise NotSignedIn
        info = SessionInfo(
            accounts.load_actor(db, user, today()), token_hash, user.must_change_password
        )
    if now() - session.seen_at >= rules.TOUCH_EVERY:
        accounts.touch_session(token_hash, now())
    return info


def remove_ended() -> int:
    """Remove what sessions, tickets and failed sign-ins past their time left behind."""
    with transaction() as db:
        return accounts.remove_ended(db, *_limits(), now())


def _limits() -> tuple[datetime, datetime]:
    at = now()
    return at - rules.IDLE, at - rules.ABSOLUTE


def actor_named(name: str) -> Actor:
    """Return the account called `name` as an actor; NotFound where there is none in use."""
    with reading() as db:
        user = accounts.find_user(db, name)
        if user is None or not user.active:
            raise NotFound("The user “{name}”", name=name)
        return accounts.load_actor(db, user, today())


def system_actor() -> Actor:
    """Return the actor of jobs and of the command line, made when missing."""
    with reading() as db:
        user = accounts.find_user(db, accounts.SYSTEM)
        if user:
            return accounts.load_actor(db, user, today())
    with transaction() as db:
        return accounts.load_actor(db, accounts.make_system(db, now()), today())


def add_user(actor: Actor, new: NewUser) -> str:
    """Add an account with one grant inside the actor's own area; return its one-time password."""
    require(actor, Permission.ADMINISTER)
    rules.check_name(new.name)
    password = new_password()
    kept = hash_password(password)
    with transaction() as db:
        place = accounts.find_location(db, new.area_code or accounts.ROOT_CODE)
        if not _covers(actor, place):
            raise NotFound("The area “{code}”", code=place.code)
        code = new.programme_code
        programme_id = accounts.find_programme_id(db, code) if code else None
        if accounts.find_user(db, new.name):
            raise InvalidInput(
                "A user called “{name}” exists already. Choose another name.", name=new.name
            )
        user = accounts.add_user(db, new.name, kept, now())
        accounts.add_grant(db, user, new.role, place, programme_id, today())
        record_act(
            db,
            actor.name,
            "add_user",
            f"user:{user.uuid}",
            role=new.role,
            area=place.code,
            programme=code,
        )
    return password


def _covers(actor: Actor, place: Location) -> bool:
    """Say whether a grant over `place` is the actor's to give."""
    own = actor.scopes_for(Permission.ADMINISTER)
    return any(place.path.startswith(scope.path) for scope in own)


def create_first_administrator() -> str | None:
    """Make the registry's first administrator; return the one-time password, or None when there
    is an administrator already."""
    password = new_password()
    kept = hash_password(password)
    with transaction() as db:
        system = accounts.make_system(db, now())
        if accounts.has_administrator(db):
            return None
        user = accounts.add_user(db, FIRST_ADMINISTRATOR, kept, now())
        everywhere = accounts.find_location(db, accounts.ROOT_CODE)
        accounts.add_grant(db, user, Role.ADMINISTRATOR, everywhere, None, today())
        record_act(db, system.name, "add_user", f"user:{user.uuid}", role=Role.ADMINISTRATOR)
    return password


def change_password(actor: Actor, old: str, new: str) -> None:
    """Replace the actor's own password and end all their sessions, this one too."""
    _check_owner(actor.name, old, address="")
    rules.check_new_password(actor.name, old, new)
    kept = hash_password(new)
    with transaction() as db:
        accounts.forget_attempts(db, actor.name)
        accounts.set_password(db, actor.user_id, kept)
        accounts.end_sessions_of(db, actor.user_id)
        record_act(db, actor.name, "change_password", f"user:{actor.user_id}")


def choose_language(actor: Actor, language: str) -> None:
    """Keep the language in which the actor reads; InvalidInput for one that is not offered."""
    if language not in LANGUAGES:
        raise InvalidInput(
            "“{language}” is not offered. Choose one of {names}.",
            language=language,
            names=", ".join(LANGUAGES),
        )
    with transaction() as db:
        accounts.set_language(db, actor.user_id, language)
