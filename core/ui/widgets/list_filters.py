"""The quick filters of a list: the address holds them, the widgets show what it holds."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.domain.criteria import EVERYBODY, Criteria, Op, both, parse, where
from core.domain.fields import Sex
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.errors import InvalidCriteria
from core.services.locations import LocationView
from core.text import _
from core.ui import address, cache, session
from core.ui.widgets import list_order, pickers

DEEPEST = 4
_AREAS = tuple(f"area{step}" for step in range(1, DEEPEST + 1))
_NAMES = ("programme", *_AREAS, "sex", "disability", "from", "to", "criteria")
_DISABILITY = ("yes", "no", "unknown")
_PREFIX, _START = "filter", tuple(list_order.START)


@dataclass(frozen=True)
class Filter:
    """One condition of the address, with the names in the address that make it."""

    names: tuple[str, ...]
    criteria: Criteria


@dataclass(frozen=True)
class AreaStep:
    """One level of the area cascade: what can be chosen there and what it is called."""

    label: str
    options: Mapping[str, str]


def read_filters() -> list[Filter]:
    """Return the conditions of the address; InvalidCriteria for what cannot be understood."""
    found = []
    if programmes := address.read_all("programme"):
        found.append(Filter(("programme",), where("programme", Op.IN, *programmes)))
    if sex := address.read("sex"):
        found.append(Filter(("sex",), where("sex", Op.IS, sex)))
    if disability := address.read("disability"):
        found.append(Filter(("disability",), _read_disability(disability)))
    if (ages := _read_ages()) != EVERYBODY:
        found.append(Filter(("from", "to"), ages))
    if text := address.read("criteria"):
        found.append(Filter(("criteria",), _read_criteria(text)))
    for name in reversed(_AREAS):
        if codes := address.read_all(name):
            found.append(Filter(_AREAS, where("location", Op.WITHIN, *codes)))
            break
    return found


def _read_disability(answer: str) -> Criteria:
    if answer not in _DISABILITY:
        raise InvalidCriteria(
            "“{answer}” is no answer about disability. Clear the filters.", answer=answer[:50]
        )
    if answer == "unknown":
        return where("disability", Op.IS_EMPTY, None)
    return where("disability", Op.IS, answer == "yes")


def _read_criteria(text: str) -> Criteria:
    try:
        return parse(json.loads(text))
    except (ValueError, RecursionError):
        raise InvalidCriteria(
            "The criteria in the address cannot be read. Clear the filters."
        ) from None


def _read_ages() -> Criteria:
    low, high = address.read_number("from"), address.read_number("to")
    if low is not None and high is not None:
        return where("age", Op.BETWEEN, low, high)
    if low is not None:
        return where("age", Op.AT_LEAST, low)
    return EVERYBODY if high is None else where("age", Op.AT_MOST, high)


def as_query() -> dict[str, list[str]]:
    """Return what the address holds of filters, to take along to another page."""
    return {name: codes for name in _NAMES if (codes := address.read_all(name))}


def all_of(filters: Sequence[Filter]) -> Criteria:
    """Return the criteria that all filters make together."""
    return both(*(one.criteria for one in filters))


def show_filters(actor: Actor) -> dict[str, str]:
    """Show the filters in two rows of fixed height; return the names of the areas on offer."""
    steps = _area_steps(actor)
    programmes = {one.code: one.name for one in cache.list_programmes(actor)}
    first = st.columns([1.4, *[1] * len(steps)], vertical_alignment="bottom")
    with first[0]:
        pickers.pick_many(_("Programme"), "programme", programmes, _PREFIX, _START)
    for position, (column, step) in enumerate(zip(first[1:], steps, strict=True)):
        with column:
            drops = (*_AREAS[position + 1 :], *_START)
            pickers.pick_many(step.label, _AREAS[position], step.options, _PREFIX, drops)
    second = st.columns([1.2, 1.2, 1, 1, 1.6, 1], vertical_alignment="bottom")
    with second[0]:
        sexes = {code.value: label_code(code) for code in Sex}
        pickers.pick_one(_("Sex"), "sex", sexes, _PREFIX, _START)
    with second[1]:
        answers = {answer: label_code(answer) for answer in _DISABILITY}
        pickers.pick_one(_("Disability"), "disability", answers, _PREFIX, _START)
    with second[2]:
        _pick_age(_("Age from"), "from")
    with second[3]:
        _pick_age(_("Age to"), "to")
    with second[4]:
        list_order.show_order()
    with second[5]:
        chosen = any(address.read_all(name) for name in _NAMES)
        st.button(
            _("Clear filters"), on_click=clear, args=(_NAMES,), disabled=not chosen, width="stretch"
        )
    return {code: name for step in steps for code, name in step.options.items()}


def clear(names: Sequence[str] = _NAMES) -> None:
    """Take filters out of the address; the list begins at its first page again."""
    address.change({**dict.fromkeys(names, ()), **list_order.START})


def _area_steps(actor: Actor) -> list[AreaStep]:
    """Return the levels of the cascade; the next one opens when one area is chosen above it."""
    options: Sequence[LocationView] = cache.list_places(actor, None)
    level = options[0].level if options else 1
    steps: list[AreaStep] = []
    for name in _AREAS[: DEEPEST + 1 - level]:
        steps.append(
            AreaStep(_level_name(level + len(steps)), {one.code: one.name for one in options})
        )
        chosen = [one for one in options if one.code in address.read_all(name)]
        options = cache.list_places(actor, chosen[0].uuid) if len(chosen) == 1 else []
    return steps


def _level_name(level: int) -> str:
    names: dict[int, Callable[[], str]] = {
        1: lambda: _("Region"),
        2: lambda: _("District"),
        3: lambda: _("Municipality"),
        4: lambda: _("Village"),
    }
    return names[level]() if level in names else _("Area")


def _pick_age(label: str, name: str) -> None:
    key = _key(name)
    session.remember(key, min(address.read_number(name) or 0, 150) if address.read(name) else None)
    st.number_input(
        label,
        min_value=0,
        max_value=150,
        value=None,
        step=1,
        key=key,
        on_change=pickers.take,
        args=(key, name, _START),
        placeholder="–",
    )


def _key(name: str) -> str:
    return f"{_PREFIX}_{name}"
