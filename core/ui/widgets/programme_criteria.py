"""Criteria put together from simple choices: a field, a comparison, a value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from core.domain.criteria import OPERATORS, Op, parse
from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, Field, Kind, find_field
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.text import _, language
from core.ui import cache, feedback, plain
from core.ui.widgets.programme_sentences import find_names

Tree = dict[str, Any]
Keep = Callable[[Tree | None], None]
_LEFT_OUT = ("location_name", "household", "programme")
_EARLIEST, _LATEST = date(1800, 1, 1), date(2199, 12, 31)
_OPS: dict[Op, Callable[[], str]] = {
    Op.IS: lambda: _("is"),
    Op.IS_NOT: lambda: _("is not"),
    Op.IN: lambda: _("is one of"),
    Op.AT_LEAST: lambda: _("is at least"),
    Op.AT_MOST: lambda: _("is at most"),
    Op.BETWEEN: lambda: _("lies between"),
    Op.CONTAINS: lambda: _("contains"),
    Op.STARTS_WITH: lambda: _("starts with"),
    Op.WITHIN: lambda: _("lies in"),
    Op.IS_EMPTY: lambda: _("is empty"),
    Op.IS_FILLED: lambda: _("is filled in"),
}
_SEVERAL = (Op.IN, Op.WITHIN, Op.BETWEEN)


@dataclass(frozen=True)
class CriteriaForm:
    """The editor of one criteria; `keep` takes what it becomes, `key` keeps two of them apart, and
    `attributes` are the programme's own fields with their labels, `options` the values of those
    that are chosen from a list."""

    actor: Actor
    key: str
    keep: Keep
    attributes: Mapping[str, str]
    options: Mapping[str, Sequence[str]]

    def show(self, tree: Tree | None, nothing: str) -> None:
        """Show the conditions there are, each with its way out, and the form of a further one;
        `nothing` says what no condition means."""
        kind, parts = _open(tree)
        if len(parts) > 1:
            kind = self._ask_kind(kind, parts)
        for position, part in enumerate(parts):
            self._show_part(kind, parts, position, part)
        if not parts:
            plain.show_text(nothing, faint=True)
        made = self._ask()
        if st.button(_("Add this condition"), key=f"{self.key}_add", disabled=made is None) and (
            made is not None
        ):
            with feedback.errors_shown():
                parse(made)
                self._take(kind, [*parts, made])

    def _ask_kind(self, kind: str, parts: list[Tree]) -> str:
        words = {"all": _("All of these must hold"), "any": _("One of these is enough")}
        chosen = st.radio(
            _("How the conditions go together"),
            list(words),
            index=list(words).index(kind),
            format_func=words.__getitem__,
            horizontal=True,
            key=f"{self.key}_kind_{language()}",
            label_visibility="collapsed",
        )
        if chosen and chosen != kind:
            self._take(chosen, parts)
        return kind

    def _show_part(self, kind: str, parts: list[Tree], position: int, part: Tree) -> None:
        said, button = st.columns([8, 2], vertical_alignment="center")
        with said:
            criteria = parse(part)
            plain.show_text(find_names(self.actor, self.attributes, [criteria]).say(criteria))
        if button.button(
            _("Take away"), key=f"{self.key}_drop_{position}_{len(parts)}", width="stretch"
        ):
            self._take(kind, [*parts[:position], *parts[position + 1 :]])

    def _take(self, kind: str, parts: list[Tree]) -> None:
        several: Tree | None = {kind: parts} if parts else None
        self.keep(parts[0] if len(parts) == 1 else several)
        st.rerun()

    def _fields(self) -> dict[str, str]:
        known = {name: _(one.label) for name, one in FIELDS.items() if name not in _LEFT_OUT}
        return known | {f"{ATTRIBUTE_PREFIX}{name}": said for name, said in self.attributes.items()}

    def _ask(self) -> Tree | None:
        """Ask for a condition; None while it is not complete."""
        labels = self._fields()
        left, middle, right = st.columns([3, 2, 4], vertical_alignment="bottom")
        name = left.selectbox(
            _("Field"),
            list(labels),
            index=None,
            format_func=labels.__getitem__,
            key=f"{self.key}_field_{language()}",
            placeholder=_("Choose"),
        )
        if name is None:
            return None
        field = find_field(name)
        ops = [op for op in Op if op in OPERATORS[field.kind] and _is_easy(field, op)]
        op = middle.selectbox(
            _("Comparison"),
            ops,
            format_func=lambda one: _OPS[one](),
            key=f"{self.key}_op_{name}_{language()}",
        )
        tree: Tree = {"field": name, "op": Op(op or ops[0]).value}
        if op in (Op.IS_EMPTY, Op.IS_FILLED):
            return tree
        with right:
            values = self._ask_values(field, Op(op or ops[0]))
        if not values or None in values or "" in values:
            return None
        return tree | {"value": values if op in _SEVERAL else values[0]}

    def _ask_values(self, field: Field, op: Op) -> list[Any]:
        key = f"{self.key}_value_{field.name}_{op}"
        own = self.options.get(field.name.removeprefix(ATTRIBUTE_PREFIX), ())
        if own and op in (Op.IS, Op.IS_NOT, Op.IN):
            return _choose(own, op, key)
        return self._ask_of_kind(field, op, key)

    def _ask_of_kind(self, field: Field, op: Op, key: str) -> list[Any]:
        if op is Op.BETWEEN:
            low, high = st.columns(2, vertical_alignment="bottom")
            with low:
                first = _ask_one(field, _("At least"), f"{key}_low")
            with high:
                return [first, _ask_one(field, _("At most"), f"{key}_high")]
        if field.kind is Kind.PLACE:
            return self._ask_places(key)
        if op is Op.IN and field.codes is not None:
            codes = [code.value for code in field.codes]
            return list(
                st.multiselect(
                    _("Values"), codes, format_func=label_code, key=f"{key}_{language()}"
                )
            )
        if op is Op.IN:
            typed = st.text_area(_("One on each line"), key=key, height=100)
            return [line.strip() for line in typed.splitlines() if line.strip()]
        return [_ask_one(field, _("Value"), key)]

    def _ask_places(self, key: str) -> list[Any]:
        """Ask for areas of the highest level, or for those inside one of them."""
        tops = {place.code: place for place in cache.list_places(self.actor, None)}
        chosen = st.multiselect(
            _("Areas"), list(tops), format_func=lambda code: tops[code].name, key=f"{key}_tops"
        )
        if len(chosen) != 1:
            return list(chosen)
        inner = {one.code: one for one in cache.list_places(self.actor, tops[chosen[0]].uuid)}
        within = st.multiselect(
            _("Only these areas in it"),
            list(inner),
            format_func=lambda code: inner[code].name,
            key=f"{key}_{chosen[0]}",
            placeholder=_("All"),
        )
        return list(within or chosen)


def _open(tree: Tree | None) -> tuple[str, list[Tree]]:
    """Return how the conditions of a tree go together, and the conditions."""
    if tree is None:
        return "all", []
    kind = next(iter(tree))
    return (kind, list(tree[kind])) if kind in ("all", "any") else ("all", [tree])


def _is_easy(field: Field, op: Op) -> bool:
    """A list of numbers or dates is what several conditions say."""
    return op is not Op.IN or field.kind in (Kind.TEXT, Kind.CODE)


def _choose(options: Sequence[str], op: Op, key: str) -> list[Any]:
    """Ask for values of an attribute that is chosen from a list."""
    if op is Op.IN:
        return list(st.multiselect(_("Values"), options, key=key))
    return [st.selectbox(_("Value"), options, index=None, key=key, placeholder=_("Choose"))]


def _ask_one(field: Field, label: str, key: str) -> Any:  # noqa: ANN401 - a value of JSON
    said = f"{key}_{language()}"
    if field.codes is not None:
        codes = [code.value for code in field.codes]
        return st.selectbox(label, codes, index=None, format_func=label_code, key=said)
    if field.kind is Kind.FLAG:
        words = {True: _("yes"), False: _("no")}
        return st.selectbox(label, list(words), format_func=words.__getitem__, key=said)
    if field.kind is Kind.DATE:
        day = st.date_input(label, None, _EARLIEST, _LATEST, key=key, format="DD/MM/YYYY")
        return day.isoformat() if isinstance(day, date) else None
    if field.kind is Kind.INTEGER:
        return st.number_input(label, -(10**6), 10**6, None, 1, key=key)
    if field.kind is Kind.NUMBER:
        return st.number_input(label, -1e9, 1e9, None, key=key)
    return st.text_input(label, max_chars=200, key=key).strip()
