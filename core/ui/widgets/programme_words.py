"""What is said of programmes: parts, states, household rules, effects of a change."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from core.domain.fields import Kind
from core.domain.lifecycle import EXIT_REASONS, HouseholdRule, State
from core.domain.programme_design import HOUSEHOLD, Design
from core.domain.words_lifecycle import say_reason, say_state
from core.services.programmes import Effect, EffectKind, Standing
from core.text import _, show_number
from core.ui.widgets.amounts import say_enrolments, say_households, say_people

PARTS: dict[str, Callable[[], str]] = {
    "name": lambda: _("Name"),
    "starts": lambda: _("Starts on"),
    "ends": lambda: _("Ends on"),
    "capacity": lambda: _("Capacity"),
    "unit": lambda: _("What it enrols"),
    "approval": lambda: _("Approval by a second person"),
    "moves": lambda: _("Allowed moves"),
    "exit_reasons": lambda: _("Reasons of exits"),
    "household_rule": lambda: _("Household rule"),
    "attribute_schema": lambda: _("Attributes"),
    "default_criteria": lambda: _("Usual filter"),
    "list_columns": lambda: _("Columns of the lists"),
    "graduation": lambda: _("Rule of graduation"),
}
"""The parts of a design, in the order of the form."""
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


def say_parts(names: Collection[str]) -> str:
    """The names of parts, in the order of the form."""
    return ", ".join(say() for name, say in PARTS.items() if name in names)


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
    return f"{say_people(standing.people)} + {say_households(standing.households)}"


def say_exit_reasons(design: Design) -> str:
    """The reasons of exits in use."""
    return ", ".join(map(say_reason, design.exit_reasons or EXIT_REASONS))


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
        "all": say_enrolments(effect.of or 0),
    }
    return _EFFECTS[effect.kind]().format(**said)


_EFFECTS: dict[EffectKind, Callable[[], str]] = {
    EffectKind.PLANNED_LOST: lambda: _(
        "Planned moves {before} → {after} that would no longer be allowed: {enrolments}."
    ),
    EffectKind.NO_WAY_ON: lambda: _("In {before} without any move that leads on: {enrolments}."),
    EffectKind.CONDITION: lambda: _(
        "In {before}, meeting the new condition of the move to {after}: {n} of {all}."
    ),
    EffectKind.OVER_CAPACITY: lambda: _(
        "The capacity of {of} is below the {n} who have a place. They keep it; nobody else gets"
        " one."
    ),
    EffectKind.HOUSEHOLDS_ENROLLED: lambda: _(
        "Get a status of their own, {after} as their head has it or, where the head is not"
        " enrolled, the member who was enrolled first: {households}."
    ),
    EffectKind.HOUSEHOLDS_KEPT: lambda: _(
        "Have a status of their own already and keep it: {households}."
    ),
    EffectKind.HOUSEHOLDS_ALONE: lambda: _(
        "Keep a status of their own that no longer moves with their members’: {households}."
    ),
    EffectKind.GRADUATION: lambda: _("Would be proposed for graduation now: {n} of {all}."),
    EffectKind.LACKING: lambda: _("Without “{name}”, which will be required: {enrolments}."),
    EffectKind.STILL_ASKED: lambda: _("Moves that go on waiting for a second person: {n}."),
    EffectKind.LOOKED_AT: lambda: _(
        "Moves that somebody is looking at and has to look at again: {n}."
    ),
}
