"""Accounts on both engines: sessions, guessing, grants, first administrator."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from core.domain.accounts import SignInRefused, TooManyAttempts
from core.domain.permissions import Permission, Role
from core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from core.models import AuditEvent, Grant, SignInAttempt, User, UserSession
from core.services import accounts
from core.services.accounts import NewUser
from core.settings import now
from core.storage.accounts import touch_session
from core.storage.database import engine, reading, transaction
from tests.conftest import Registry
from tests.people import EAST, PASSWORD, People, add_people

HERE, THERE = "203.0.113.7", "198.51.100.9"
WRONG = "not the password"


@pytest.fixture
def people(registry: Registry) -> Iterator[People]:
    yield add_people()


def acts() -> list[tuple[str, str]]:
    with reading() as db:
        return [
            (event.actor, event.action)
            for event in db.execute(select(AuditEvent).order_by(AuditEvent.id)).scalars()
        ]


def move_session(**back: timedelta) -> None:
    with transaction() as db:
        db.execute(update(UserSession).values({name: now() - by for name, by in back.items()}))


def test_a_session_carries_the_grants_in_force(people: People) -> None:
    signed_in = accounts.sign_in(" Amina ", PASSWORD, HERE)

    info = accounts.find_session(signed_in.token)

    assert info.actor == people.amina
    assert [scope.role for scope in info.actor.scopes] == [Role.ME_OFFICER]
    assert not info.must_change_password
    assert ("amina", "sign_in") in acts()


def test_only_the_digest_of_a_token_is_kept(people: People) -> None:
    token = accounts.sign_in("amina", PASSWORD, HERE).token

    with reading() as db:
        kept = db.execute(select(UserSession)).scalar_one()
    assert kept.token_hash == accounts.hash_token(token)
    assert len(token) >= 43


@pytest.mark.parametrize(
    "back",
    [
        {"seen_at": timedelta(minutes=30, seconds=1)},
        {"created_at": timedelta(hours=12, seconds=1)},
    ],
    ids=["idle", "absolute"],
)
def test_a_session_ends_by_itself(people: People, back: dict[str, timedelta]) -> None:
    token = accounts.sign_in("amina", PASSWORD, HERE).token
    move_session(**back)

    with pytest.raises(NotSignedIn):
        accounts.find_session(token)
    assert accounts.remove_ended() >= 1


def test_use_keeps_a_session_alive_even_while_a_writer_holds_the_registry(people: People) -> None:
    token = accounts.sign_in("amina", PASSWORD, HERE).token
    move_session(seen_at=timedelta(minutes=29))

    with transaction() as db:
        db.execute(update(Grant).values(valid_from=date(2020, 1, 2)))
        began = now()
        accounts.find_session(token)
        assert now() - began < timedelta(seconds=5)
    accounts.find_session(token)

    with reading() as db:
        seen = db.execute(select(UserSession.seen_at)).scalar_one()
    assert now() - seen < timedelta(minutes=1)


def test_signing_out_ends_the_session_everywhere(people: People) -> None:
    token = accounts.sign_in("amina", PASSWORD, HERE).token

    accounts.sign_out(token)

    with pytest.raises(NotSignedIn):
        accounts.find_session(token)
    assert ("amina", "sign_out") in acts()


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_an_unknown_token_is_no_session(people: People, token: str) -> None:
    with pytest.raises(NotSignedIn):
        accounts.find_session(token)


def test_a_grant_taken_away_or_run_out_is_gone_at_the_next_look(people: People) -> None:
    token = accounts.sign_in("brook", PASSWORD, HERE).token
    with transaction() as db:
        db.execute(
            update(Grant)
            .where(Grant.user_id == people.brook.user_id)
            .values(valid_to=date(2020, 1, 2))
        )

    assert accounts.find_session(token).actor.scopes == ()


def test_a_closed_account_loses_its_sessions_and_cannot_sign_in(people: People) -> None:
    token = accounts.sign_in("brook", PASSWORD, HERE).token
    with transaction() as db:
        db.execute(update(User).where(User.name == "brook").values(active=False))

    with pytest.raises(NotSignedIn):
        accounts.find_session(token)
    with pytest.raises(SignInRefused):
        accounts.sign_in("brook", PASSWORD, HERE)
    with pytest.raises(NotFound):
        accounts.actor_named("brook")


def test_an_unknown_name_is_refused_in_the_same_words_and_not_logged(people: People) -> None:
    with pytest.raises(SignInRefused) as unknown:
        accounts.sign_in("hunter2", WRONG, HERE)
    with pytest.raises(SignInRefused) as wrong:
        accounts.sign_in("amina", WRONG, HERE)

    assert str(unknown.value) == str(wrong.value)
    assert acts() == [("unknown", "sign_in_refused"), ("amina", "sign_in_refused")]


def test_five_failures_close_the_name_for_a_while_even_with_the_right_password(
    people: People,
) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            accounts.sign_in("amina", WRONG, HERE)

    with pytest.raises(TooManyAttempts) as refused:
        accounts.sign_in("amina", PASSWORD, THERE)

    assert 14 <= refused.value.minutes <= 15
    assert "15 minutes" in str(refused.value)
    accounts.sign_in("brook", PASSWORD, HERE)
    with transaction() as db:
        db.execute(update(SignInAttempt).values(at=now() - timedelta(minutes=16)))
    accounts.sign_in("amina", PASSWORD, HERE)


def test_thirty_failures_close_an_address(people: People) -> None:
    with transaction() as db:
        for number in range(30):
            db.add(SignInAttempt(name=f"guess{number}", address=HERE, at=now()))

    with pytest.raises(TooManyAttempts):
        accounts.sign_in("amina", PASSWORD, HERE)
    accounts.sign_in("amina", PASSWORD, THERE)


def test_guesses_sent_at_once_are_all_counted(people: People) -> None:
    def guess(_turn: int) -> str:
        try:
            accounts.sign_in("amina", WRONG, HERE)
        except (SignInRefused, TooManyAttempts) as refused:
            return type(refused).__name__
        return "in"

    with ThreadPoolExecutor(8) as at_once:
        answers = list(at_once.map(guess, range(8)))

    assert sorted(answers) == ["SignInRefused"] * 5 + ["TooManyAttempts"] * 3


def test_getting_in_forgets_the_failures(people: People) -> None:
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                accounts.sign_in("amina", WRONG, HERE)
        accounts.sign_in("amina", PASSWORD, HERE)


def test_an_administrator_adds_a_user_who_must_choose_a_password(people: People) -> None:
    password = accounts.add_user(people.chen, NewUser("Femi", Role.ANALYST, EAST))

    signed_in = accounts.sign_in("femi", password, HERE)

    assert signed_in.must_change_password
    assert accounts.find_session(signed_in.token).must_change_password
    assert signed_in.actor.scopes[0].path == people.amina.scopes[0].path
    assert ("chen", "add_user") in acts()


def test_only_an_administrator_adds_users(people: People) -> None:
    with pytest.raises(NotAllowed):
        accounts.add_user(people.brook, NewUser("femi", Role.ANALYST))


def test_an_administrator_of_a_district_gives_no_grant_outside_it(people: People) -> None:
    password = accounts.add_user(people.chen, NewUser("femi", Role.ADMINISTRATOR, EAST))
    femi = accounts.sign_in("femi", password, HERE).actor

    accounts.add_user(femi, NewUser("gus", Role.VIEWER, EAST))
    with pytest.raises(NotFound):
        accounts.add_user(femi, NewUser("hana", Role.VIEWER))


@pytest.mark.parametrize(
    "new",
    [
        NewUser("AMINA", Role.VIEWER),
        NewUser("a", Role.VIEWER),
        NewUser("a b", Role.VIEWER),
        NewUser("x\ny", Role.VIEWER),
    ],
)
def test_a_taken_or_unusable_name_is_refused(people: People, new: NewUser) -> None:
    with pytest.raises(InvalidInput):
        accounts.add_user(people.chen, new)


@pytest.mark.parametrize(
    "new", [NewUser("femi", Role.VIEWER, "NOWHERE"), NewUser("femi", Role.VIEWER, None, "NONE")]
)
def test_an_unknown_area_or_programme_is_not_found(people: People, new: NewUser) -> None:
    with pytest.raises(NotFound):
        accounts.add_user(people.chen, new)


def test_changing_the_password_ends_every_session(people: People) -> None:
    token = accounts.sign_in("amina", PASSWORD, HERE).token

    accounts.change_password(people.amina, PASSWORD, "another long phrase")

    with pytest.raises(NotSignedIn):
        accounts.find_session(token)
    with pytest.raises(SignInRefused):
        accounts.sign_in("amina", PASSWORD, HERE)
    accounts.sign_in("amina", "another long phrase", HERE)


@pytest.mark.parametrize("new", ["short", PASSWORD, "my amina password", "aaaaaaaaaaaaaa"])
def test_a_weak_new_password_is_refused(people: People, new: str) -> None:
    with pytest.raises(InvalidInput):
        accounts.change_password(people.amina, PASSWORD, new)


def test_the_old_password_cannot_be_guessed_through_the_change(people: People) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            accounts.change_password(people.amina, WRONG, "another long phrase")
    with pytest.raises(TooManyAttempts):
        accounts.change_password(people.amina, PASSWORD, "another long phrase")


def test_a_bare_registry_gets_one_administrator_once(registry: Registry) -> None:
    password = accounts.create_first_administrator()

    assert password is not None
    signed_in = accounts.sign_in("admin", password, HERE)
    assert signed_in.must_change_password
    assert signed_in.actor.allows(Permission.ADMINISTER)
    assert not signed_in.actor.allows(Permission.SEE_PEOPLE)
    assert accounts.create_first_administrator() is None


def test_the_system_acts_through_grants_and_cannot_sign_in(registry: Registry) -> None:
    system = accounts.system_actor()

    assert system.name == "system"
    assert system.scopes
    assert accounts.system_actor() == system
    for password in ("", "!"):
        with pytest.raises(SignInRefused):
            accounts.sign_in("system", password, HERE)


def test_the_system_without_its_grants_may_nothing(registry: Registry) -> None:
    system = accounts.system_actor()
    with transaction() as db:
        db.execute(delete(Grant).where(Grant.user_id == system.user_id))

    assert accounts.system_actor().scopes == ()


def test_the_language_is_kept(people: People) -> None:
    accounts.choose_language(people.amina, "fr")

    assert accounts.actor_named("Amina").language == "fr"
    with pytest.raises(InvalidInput):
        accounts.choose_language(people.amina, "xx")


def test_a_sign_of_life_leaves_every_connection_as_patient_as_it_was(embedded: Registry) -> None:
    reads, patience = engine().execution_options(reads=True), []
    with reads.connect(), reads.connect():
        pass  # the pool holds two

    touch_session("nobody", now())

    with reads.connect() as one, reads.connect() as other:
        for connection in (one, other):
            patience.append(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())
    assert patience == [60_000, 60_000]
