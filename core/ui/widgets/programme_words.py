"""What is said of programmes: parts, states, household rules, effects of a change."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from core.domain.fields import Kind
from core.domain.lifecycle import EXIT_REASONS, HouseholdRule, State
from core.domain.programme_design import HOUSEHOLD, Design
from core.domain.words_lifecycle import say_reason, say_state
from core.services.programmes import Effect, EffectKind, Standing
from core.text import _, show_date, show_number
from core.ui.widgets.amounts import say_enrolments, say_households

PARTS: dict[str, Callable[[], str]] = {
    "name": lambda: _("Name"),
    "unit": lambda: _("What it enrols"),
    "moves": lambda: _("Allowed moves"),
    "exit_reasons": lambda: _("Reasons of exits"),
    "household_rule": lambda: _("Household rule"),
    "capacity": lambda: _("Capacity"),
    "approval": lambda: _("Approval by a second person"),
    "graduation": lambda: _("Rule of graduation"),
    "attribute_schema": lambda: _("Attributes"),
    "default_criteria": lambda: _("Usual filter"),
    "list_columns": lambda: _("Columns of the lists"),
    "starts": lambda: _("Starts on"),
    "ends": lambda: _("Ends on"),
}
UNITS: dict[str, Callable[[], str]] = {
    "individual": lambda: _("Individuals"),
    "household": lambda: _("Households"),
}
RULES: dict[HouseholdRule, tuple[Callable[[], str], Callable[[], str]]] = {
    HouseholdRule.NONE: (
        lambda: _("Each moves alone"),
        lambda: _("A person’s move changes nobody else. Households have no status."),
    ),
    HouseholdRule.HEAD: (
        lambda: _("The head leads"),
        lambda: _(
            "When the head moves, the household and its enrolled members move along. When another"
            " member moves, nobody follows."
        ),
    ),
    HouseholdRule.ANY: (
        lambda: _("Any member leads"),
        lambda: _(
            "When any member moves, the household and its other enrolled members move along."
        ),
    ),
    HouseholdRule.ALL: (
        lambda: _("The household follows"),
        lambda: _(
            "Members move one by one. The household moves when all its enrolled members have."
        ),
    ),
}
KINDS: dict[Kind, Callable[[], str]] = {
    Kind.TEXT: lambda: _("Text"),
    Kind.INTEGER: lambda: _("Whole number"),
    Kind.NUMBER: lambda: _("Number"),
    Kind.DATE: lambda: _("Date"),
    Kind.FLAG: lambda: _("Yes or no"),
    Kind.CODE: lambda: _("Choice from a list"),
}


def say_move(before: State | str, after: State | str) -> str:
    return f"{say_state(before)} → {say_state(after)}"


def say_rule(design: Design) -> str:
    """What a move does to the household, in a word."""
    if design.unit == HOUSEHOLD:
        return _("The household is enrolled as one")
    return RULES[design.household_rule][0]()


def say_parts(names: Iterable[str]) -> str:
    return ", ".join(PARTS[name]() for name in names)


def say_taken(design: Design, standings: Mapping[str, Standing]) -> str:
    """How many places are taken, of how many."""
    active = standings.get(State.ACTIVE.value)
    taken = show_number(active.of(design.unit) if active else 0)
    if design.capacity is None:
        return _("{n}, no limit", n=taken)
    return _("{n} of {most}", n=taken, most=show_number(design.capacity))


def say_standing(design: Design, standing: Standing | None) -> str:
    """How many stand in a status; the households of a programme of individuals beside them."""
    if standing is None:
        return "0"
    said = show_number(standing.of(design.unit))
    if design.unit == HOUSEHOLD or not standing.households:
        return said
    return f"{said} + {say_households(standing.households)}"


def say_exit_reasons(design: Design) -> str:
    """The reasons of exits in use."""
    return ", ".join(map(say_reason, design.exit_reasons or EXIT_REASONS))


def say_changes(before: Design, after: Design) -> list[str]:
    """How the parts that differ and are one word each were and will be."""
    found = []
    for name, say in _PLAIN.items():
        old, new = say(before), say(after)
        if old != new:
            found.append(_("{part}: {before} → {after}", part=PARTS[name](), before=old, after=new))
    return found


def _say_day(day: date | None) -> str:
    return show_date(day) if day else _("open")


_PLAIN: dict[str, Callable[[Design], str]] = {
    "name": lambda one: one.name,
    "unit": lambda one: UNITS[one.unit](),
    "household_rule": say_rule,
    "capacity": lambda one: _("No limit") if one.capacity is None else show_number(one.capacity),
    "approval": lambda one: _("yes") if one.approval else _("no"),
    "starts": lambda one: _say_day(one.starts),
    "ends": lambda one: _say_day(one.ends),
}


def say_effect(effect: Effect) -> str:
    """What a change would mean, in a sentence."""
    said: dict[str, Any] = {
        "n": show_number(effect.count),
        "of": show_number(effect.of or 0),
        "name": effect.name,
        "before": say_state(effect.before) if effect.before else "",
        "after": say_state(effect.after) if effect.after else "",
        "households": say_households(effect.count),
        "enrolments": say_enrolments(effect.count),
    }
    return _EFFECTS[effect.kind]().format(**said)


_EFFECTS: dict[EffectKind, Callable[[], str]] = {
    EffectKind.PLANNED_LOST: lambda: _(
        "Planned moves {before} → {after} that would no longer be allowed: {n}."
    ),
    EffectKind.NO_WAY_ON: lambda: _("In {before} without any move that leads on: {enrolments}."),
    EffectKind.CONDITION: lambda: _(
        "Of {of} in {before}, {n} meet the new condition of the move to {after}."
    ),
    EffectKind.OVER_CAPACITY: lambda: _(
        "The capacity of {of} is below the {n} who have a place. They keep it; nobody else gets"
        " one."
    ),
    EffectKind.HOUSEHOLDS_ENROLLED: lambda: _(
        "Get a status of their own, {after} as their head has it: {households}."
    ),
    EffectKind.HOUSEHOLDS_KEPT: lambda: _(
        "Have a status of their own already and keep it: {households}."
    ),
    EffectKind.HOUSEHOLDS_ALONE: lambda: _(
        "Keep a status of their own that no longer moves with their members’: {households}."
    ),
    EffectKind.GRADUATION: lambda: _("Would be proposed for graduation now: {n} of {of}."),
    EffectKind.LACKING: lambda: _("Without “{name}”, which will be required: {enrolments}."),
    EffectKind.STILL_ASKED: lambda: _("Moves that go on waiting for a second person: {n}."),
    EffectKind.LOOKED_AT: lambda: _(
        "Moves that somebody is looking at and has to look at again: {n}."
    ),
}
