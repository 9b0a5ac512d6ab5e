"""Validation rules in versions: who may edit them, what a check follows, what a programme adds."""

import copy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from core.domain.permissions import Permission, Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import AuditEvent, ImportRun
from core.services import imports, jobs, suites
from core.services.suites import BASE, SuiteError
from core.settings import today
from core.storage import accounts
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme, ask
from tests.people import People, add_people, add_person

PEOPLE = """ID,Full name,Sex,Date of birth,Income,Visited
1,Awa Traoré,F,1990-05-14,100,2024-01-02
2,Moussa Koné,M,1985-11-02,100,soon
3,Fanta Diallo,F,2001-01-30,many,2030-01-01
4,Awa Traoré,F,1970-01-01,-5,
"""


@pytest.fixture
def people(registry: Registry) -> People:
    add_programme("CASH")
    return add_people()


@pytest.fixture
def desk(people: People, tmp_path: Path) -> Desk:
    return Desk(people.brook, tmp_path)


def rule(name: str, kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    message = {"en": f"Row {{row}}: {name} “{{value}}”.", "fr": "Ligne {row} : {value}."}
    meta = {"rule": name, "message": message}
    return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity, "meta": meta}


def suite(name: str, *rules: dict[str, Any], **attributes: str) -> dict[str, Any]:
    meta = {"meta": {"attributes": attributes}} if attributes else {}
    return {"name": name, "expectations": list(rules), **meta}


def with_rules(people: People, *rules: dict[str, Any]) -> dict[str, Any]:
    """The base suite as it stands, with more rules."""
    document = copy.deepcopy(dict(suites.describe(people.chen, BASE).suite.document))
    document["expectations"] += rules
    return document


SHORT = rule("name_short", "column_value_lengths_to_be_between", column="full_name", min_value=12)
NAMES = rule("name_twice", "column_values_to_be_unique", "warning", column="full_name")
OF_CASH = suite(
    "programme:CASH",
    rule("income_low", "column_values_to_be_between", column="attribute.income", min_value=0),
    rule(
        "visit_late",
        "column_values_to_be_between",
        column="attribute.visited",
        max_value={"$PARAMETER": "date_2026_01_01"},
    ),
    income="number",
    visited="date",
)


def test_until_somebody_edits_them_the_shipped_rules_are_in_force(people: People) -> None:
    view = suites.describe(people.chen, BASE)

    assert (view.version, view.made_by) == (0, None)
    assert "name_missing" in view.suite.messages
    assert suites.list_names(people.chen) == [BASE, "households", "programme:CASH"]


def test_an_edited_version_is_what_the_next_check_follows(people: People, desk: Desk) -> None:
    suites.save_version(people.chen, with_rules(people, SHORT), "Names are longer here", 0)

    run = desk.checked(PEOPLE)

    assert desk.rules(run)["name_short"] == (1 + 1, 1 + 2, 1 + 4)
    (found,) = [one for one in imports.findings(desk.actor, run) if one.rule == "name_short"]
    assert found.message == "Row 2: name_short “Awa Traoré”."
    assert ask("SELECT v.version FROM import_run r JOIN suite_version v ON v.id = suite_version_id")


def test_what_a_run_was_checked_with_stays_its_own(people: People, desk: Desk) -> None:
    first = suites.save_version(people.chen, with_rules(people, SHORT), "Longer", 0)
    run = desk.checked(PEOPLE)
    suites.restore(people.chen, BASE, 0, first)

    (found,) = [one for one in imports.findings(desk.actor, run) if one.rule == "name_short"]

    assert found.message == "Row 2: name_short “Awa Traoré”."
    assert "name_short" in suites.sentences(desk.actor, run)
    assert "name_short" not in suites.describe(people.chen, BASE).suite.messages


def test_a_programme_adds_rules_about_its_own_columns(people: People, desk: Desk) -> None:
    suites.save_version(people.chen, OF_CASH, "The programme's rules", 0)

    run = desk.checked(PEOPLE)

    found = {(one.rule, one.column): one.rows for one in imports.findings(desk.actor, run)}
    assert found["income_low", "Income"] == (5,)
    assert found["visit_late", "Visited"] == (4,)
    assert found["invalid_number", "Income"] == (4,)
    assert found["invalid_date", "Visited"] == (3,)


def test_the_rules_of_one_programme_do_not_touch_another(people: People, tmp_path: Path) -> None:
    add_programme("FOOD")
    suites.save_version(people.chen, OF_CASH, "The programme's rules", 0)
    desk = Desk(people.brook, tmp_path, "FOOD")

    assert "income_low" not in desk.rules(desk.checked(PEOPLE))


def test_a_rule_that_compares_rows_sees_the_whole_file(people: People, desk: Desk) -> None:
    suites.save_version(people.chen, with_rules(people, NAMES), "Names differ", 0)

    assert desk.rules(desk.checked(PEOPLE))["name_twice"] == (2, 5)


def test_saving_needs_the_newest_version_and_a_word_about_it(people: People) -> None:
    document = with_rules(people, SHORT)
    suites.save_version(people.chen, document, "First", 0)

    with pytest.raises(Conflict, match="in between"):
        suites.save_version(people.chen, document, "Second", 0)
    with pytest.raises(InvalidInput, match="few words"):
        suites.save_version(people.chen, document, " ", 1)
    assert [one.version for one in suites.list_versions(people.chen, BASE)] == [1, 0]


def test_a_version_that_would_silently_not_check_is_not_saved(people: People) -> None:
    wrong = rule("sex_wrong", "column_values_to_be_in_set", column="sexe", value_set=["F"])

    with pytest.raises(SuiteError, match="sex_wrong: unknown column “sexe”"):
        suites.save_version(people.chen, with_rules(people, wrong), "Mistyped", 0)
    assert ask("SELECT count(*) FROM suite_version") == [(0,)]


def test_a_rule_may_not_take_the_name_of_a_check_of_the_program(people: People) -> None:
    taken = rule("invalid_date", "column_values_to_not_be_null", column="phone")

    with pytest.raises(SuiteError, match="invalid_date"):
        suites.save_version(people.chen, with_rules(people, taken), "Taken", 0)


def test_base_and_programme_never_use_one_name_for_two_rules(people: People) -> None:
    suites.save_version(people.chen, OF_CASH, "The programme's rules", 0)
    same = rule("income_low", "column_values_to_not_be_null", column="address")

    with pytest.raises(SuiteError, match="income_low"):
        suites.save_version(people.chen, with_rules(people, same), "Clash", 0)


def test_only_an_administrator_edits_and_the_act_is_logged_without_its_text(
    people: People,
) -> None:
    document = with_rules(people, SHORT)
    for actor in (people.brook, people.amina, people.dana):
        with pytest.raises(NotAllowed):
            suites.save_version(actor, document, "Mine", 0)
    with pytest.raises(NotAllowed):
        suites.describe(people.efua, BASE)

    suites.save_version(people.chen, document, "Longer names", 0)

    with reading() as db:
        event = db.execute(select(AuditEvent).where(AuditEvent.action == "suite.save")).scalar()
    assert event is not None
    assert event.details == {
        "suite": BASE,
        "version": 1,
        "added": ["name_short"],
        "removed": [],
        "changed": [],
    }


def test_an_analyst_reads_the_rules_of_the_programmes_in_reach(people: People) -> None:
    food = add_programme("FOOD")
    with transaction() as db:
        limited = add_person(db, "gita", Role.ANALYST)
        db.execute(
            text("UPDATE access_grant SET programme_id = :p WHERE user_id = :u"),
            {"p": food, "u": limited.user_id},
        )
    with reading() as db:
        limited = accounts.load_actor(db, accounts.get_user(db, limited.user_id), today())

    assert suites.list_names(limited) == [BASE, "households", "programme:FOOD"]
    with pytest.raises(NotFound):
        suites.describe(limited, "programme:CASH")


def test_trying_rules_on_a_run_counts_and_changes_nothing(people: People, desk: Desk) -> None:
    run = desk.checked(PEOPLE)
    before = desk.rules(run)

    found = suites.try_on_run(desk.actor, suite("draft", SHORT, NAMES), run)

    assert found.rows == 4
    assert {one.rule: (one.count, one.rows) for one in found.counts} == {
        "name_short": (3, (2, 3, 5)),
        "name_twice": (2, (2, 5)),
    }
    assert desk.rules(run) == before
    assert people.amina.allows(Permission.IMPORT) is False
    with pytest.raises(NotAllowed):
        suites.try_on_run(people.amina, suite("draft", SHORT), run)


def test_nobody_tries_rules_on_a_run_of_somebody_else(people: People, desk: Desk) -> None:
    run = desk.checked(PEOPLE)
    with transaction() as db:
        other = add_person(db, "gita", Role.ANALYST)

    with pytest.raises(NotFound):
        suites.try_on_run(other, suite("draft", SHORT), run)


def test_great_expectations_confirms_what_was_counted(people: People, desk: Desk) -> None:
    suites.save_version(people.chen, with_rules(people, SHORT, NAMES), "More", 0)
    suites.save_version(people.chen, OF_CASH, "The programme's rules", 0)
    run = desk.checked(PEOPLE)
    job = suites.enqueue_official(desk.actor, run)

    assert jobs.run_next("worker", suites.HANDLERS)

    assert jobs.get(desk.actor, job).message == "Great Expectations counts the same."
    with reading() as db:
        counts = db.execute(select(ImportRun.counts)).scalar_one()["official"]
    assert counts["agrees"] and counts["differ"] == []
    assert counts["rules"]["name_short"] == {"checked": 4, "failed": 3}
    assert counts["rules"]["name_twice"]["failed"] == 2
    assert counts["rules"]["income_low"]["failed"] == 1
    assert "name_short" in desk.rules(run)


def test_the_official_count_waits_for_a_check(people: People, desk: Desk) -> None:
    run = desk.start(PEOPLE)

    with pytest.raises(Conflict, match="check it first"):
        suites.official(desk.actor, run)
