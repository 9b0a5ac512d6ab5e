"""What differs between two designs of a programme, in the words of its page: what, was, is."""

from collections.abc import Callable, Iterator

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, find_field
from core.domain.lifecycle import Move, State
from core.domain.permissions import Actor
from core.domain.programme_design import Attribute, Design
from core.domain.words_lifecycle import say_reason
from core.services.programmes import CycleRow
from core.text import _, quote, show_date, show_number
from core.ui import plain
from core.ui.widgets.programme_sentences import Names, name_all
from core.ui.widgets.programme_words import (
    KINDS,
    PARTS,
    UNITS,
    say_exit_reasons,
    say_move,
    say_rule,
)

Line = tuple[str, str, str]


def show_differences(lines: list[Line], *, ahead: bool = False) -> None:
    """Show what differs as a table; `ahead` of a change that is not in force yet."""
    heads = [_("Is"), _("Will be")] if ahead else [_("Was"), _("Is")]
    plain.show_table([_("What"), *heads], lines)


def list_differences(actor: Actor, before: Design, after: Design) -> list[Line]:
    """Return what differs between two designs, in the order of the form."""
    names = name_all(actor, (before, after))
    return [line for part in PARTS for line in _compare(part, before, after, names)]


def list_cycle(before: CycleRow | None, after: CycleRow | None) -> list[Line]:
    """Return what differs between a cycle as it was and as it is; None is one without a row."""
    one = after or before
    if one is None:
        return []
    pairs = [
        (_("Name"), before.name if before else "", after.name if after else ""),
        (_("Starts on"), _say_start(before), _say_start(after)),
        (_("Ends on"), _say_end(before), _say_end(after)),
    ]
    cycle = _("Cycle {n}", n=one.number)
    return [
        (_("{field}: {value}", field=cycle, value=label), old or "–", new or "–")
        for label, old, new in pairs
        if old != new
    ]


def _say_start(cycle: CycleRow | None) -> str:
    return show_date(cycle.starts) if cycle and cycle.starts else ""


def _say_end(cycle: CycleRow | None) -> str:
    return show_date(cycle.ends) if cycle and cycle.ends else ""


def _compare(part: str, before: Design, after: Design, names: Names) -> Iterator[Line]:
    if part == "moves":
        yield from _compare_moves(before, after, names)
    elif part == "attribute_schema":
        yield from _compare_attributes(before, after)
    else:
        old, new = _PLAIN[part](before, names), _PLAIN[part](after, names)
        if old != new:
            yield PARTS[part](), old, new


def _compare_moves(before: Design, after: Design, names: Names) -> Iterator[Line]:
    old, new = ({(one.before, one.after): one for one in d.moves} for d in (before, after))
    states = list(State)
    for pair in sorted(old.keys() | new.keys(), key=lambda p: [states.index(one) for one in p]):
        was, is_ = old.get(pair), new.get(pair)
        if was == is_:
            continue
        name = _("Move {move}", move=say_move(*pair))
        if was is None or is_ is None:
            yield name, _say_move(was, names), _say_move(is_, names)
            continue
        if was.reasons != is_.reasons:
            label = _("{field}: {value}", field=name, value=_("Reasons to choose from"))
            yield label, _say_reasons(was), _say_reasons(is_)
        if was.condition != is_.condition:
            label = _("{field}: {value}", field=name, value=_("Only for whom"))
            yield label, _say_condition(was, names), _say_condition(is_, names)


def _say_move(move: Move | None, names: Names) -> str:
    if move is None:
        return _("not allowed")
    said = [_("allowed")]
    if move.reasons:
        said.append(_("reasons: {reasons}", reasons=_say_reasons(move)))
    if move.condition is not None:
        said.append(_("only for: {whom}", whom=_say_condition(move, names)))
    return "; ".join(said)


def _say_reasons(move: Move) -> str:
    if move.reasons:
        return ", ".join(map(say_reason, move.reasons))
    return _("the reasons of exits") if move.after is State.EXITED else _("any words")


def _say_condition(move: Move, names: Names) -> str:
    return _("Everybody") if move.condition is None else names.say(move.condition)


def _compare_attributes(before: Design, after: Design) -> Iterator[Line]:
    old, new = ({one.name: one for one in d.attribute_schema} for d in (before, after))
    for name in dict.fromkeys((*old, *new)):
        was, is_ = old.get(name), new.get(name)
        if was != is_:
            shown = is_ or was
            label = shown.label if shown else name
            renamed = was is not None and is_ is not None and was.label != is_.label
            what = _("Attribute {name}", name=quote(label))
            yield what, _say_one(was, named=renamed), _say_one(is_, named=renamed)
    if list(old) != list(new) and set(old) == set(new):
        label = _("Order of the attributes")
        yield label, ", ".join(old), ", ".join(new)


def _say_one(one: Attribute | None, *, named: bool) -> str:
    if one is None:
        return _("not asked for")
    said = [one.label, KINDS[one.kind]()] if named else [KINDS[one.kind]()]
    if one.options:
        said.append(", ".join(one.options))
    if one.required:
        said.append(_("required"))
    return " · ".join(said)


def _say_columns(design: Design, names: Names) -> str:
    if not design.list_columns:
        return _("The usual columns")
    own = {f"{ATTRIBUTE_PREFIX}{name}": said for name, said in names.attributes.items()}
    return ", ".join(
        own.get(name) or (_(FIELDS[name].label) if name in FIELDS else find_field(name).label)
        for name in design.list_columns
    )


def _say_filter(design: Design, names: Names) -> str:
    held = design.default_criteria
    return _("No usual filter.") if held is None else names.say(held)


def _say_graduation(design: Design, names: Names) -> str:
    held = design.graduation
    return _("No rule: nobody is proposed.") if held is None else names.say(held)


_PLAIN: dict[str, Callable[[Design, Names], str]] = {
    "name": lambda one, _names: one.name,
    "starts": lambda one, _names: show_date(one.starts) if one.starts else _("open"),
    "ends": lambda one, _names: show_date(one.ends) if one.ends else _("open"),
    "capacity": lambda one, _names: (
        _("No limit") if one.capacity is None else show_number(one.capacity)
    ),
    "unit": lambda one, _names: UNITS[one.unit](),
    "approval": lambda one, _names: _("yes") if one.approval else _("no"),
    "exit_reasons": lambda one, _names: say_exit_reasons(one),
    "household_rule": lambda one, _names: say_rule(one),
    "default_criteria": _say_filter,
    "list_columns": _say_columns,
    "graduation": _say_graduation,
}
