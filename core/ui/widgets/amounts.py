"""Numbers of things in words, as sentences need them."""

from core.storage.beneficiaries import Count
from core.text import _, show_number


def say_enrolments(number: int) -> str:
    return _("1 enrolment") if number == 1 else _("{n} enrolments", n=show_number(number))


def say_people(number: int) -> str:
    return _("1 person") if number == 1 else _("{n} people", n=show_number(number))


def say_households(number: int) -> str:
    return _("1 household") if number == 1 else _("{n} households", n=show_number(number))


def say_rows(number: int) -> str:
    return _("1 row") if number == 1 else _("{n} rows", n=show_number(number))


def say_columns(number: int) -> str:
    return _("1 column") if number == 1 else _("{n} columns", n=show_number(number))


def say_total(count: Count) -> str:
    """Return "1,243 enrolments of 1,201 people and 30 households"."""
    enrolments = say_enrolments(count.enrolments)
    if not count.households:
        return _("{enrolments} of {people}", enrolments=enrolments, people=say_people(count.people))
    households = say_households(count.households)
    if not count.people:
        return _("{enrolments} of {people}", enrolments=enrolments, people=households)
    return _(
        "{enrolments} of {people} and {households}",
        enrolments=enrolments,
        people=say_people(count.people),
        households=households,
    )


def say_age(age: int | None) -> str:
    if age is None:
        return _("age unknown")
    return _("1 year old") if age == 1 else _("{n} years old", n=show_number(age))
