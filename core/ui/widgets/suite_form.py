"""The form of one rule: what it looks at, what it asks, how bad a breach is, what is said of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from core.domain.fields import ATTRIBUTE_PREFIX
from core.errors import InvalidInput
from core.etl.rows import Severity
from core.etl.rules.expectations import DATE, FLAG, FORMS, KINDS, NUMBER, TEXT, Form, kind_of
from core.text import _, language
from core.ui import plain
from core.ui.widgets.suite_words import (
    OPERATORS,
    PARAMETERS,
    SEVERITIES,
    TYPES,
    say_column,
    say_condition,
)

Item = dict[str, Any]
_HIDDEN = ("row", "identifiers", "attributes", "fingerprint", "digest")
_IGNORED = {"column_A": "either_value_is_missing", "column_list": "any_value_is_missing"}


class RuleForm:
    """The widgets of one rule; `key` keeps the widgets of two rules apart."""

    def __init__(self, item: Item, attributes: Mapping[str, str], key: str) -> None:
        self._item, self._attributes, self._key = item, attributes, key
        # What is chosen in a select comes back in words: in another language they are none of it.
        self._choice = f"{key}_{language()}"
        self._old: Mapping[str, Any] = item.get("kwargs", {})
        own = (f"{ATTRIBUTE_PREFIX}{name}" for name in attributes)
        self._columns = [*(name for name in KINDS if name not in _HIDDEN), *own]

    def show(self) -> Item:
        """Show the form and return the rule as it is filled in; nothing is checked here."""
        kinds = list(FORMS)
        kind = st.selectbox(
            _("What the rule asks"),
            kinds,
            index=kinds.index(self._item.get("type", kinds[0])),
            format_func=lambda one: TYPES[one](),
            key=f"{self._choice}_type",
        )
        kwargs = self._show_columns(FORMS[kind])
        kwargs |= self._show_arguments(FORMS[kind], kwargs)
        condition = self._show_condition() if FORMS[kind].conditional else None
        if condition:
            kwargs["row_condition"] = condition
        severities = [severity.value for severity in Severity]
        severity = st.selectbox(
            _("If a row breaks it"),
            severities,
            index=severities.index(self._item.get("severity", "warning")),
            format_func=lambda one: SEVERITIES[one](),
            key=f"{self._choice}_severity",
        )
        return {"type": kind, "kwargs": kwargs, "severity": severity, "meta": self._show_meta()}

    def _show_meta(self) -> Item:
        meta = self._item.get("meta", {})
        said = meta.get("message", {})
        names = "{row}, {value}, {column}"
        plain.show_text(
            _("Name the row, the value and the remedy; {names} are filled in.", names=names),
            faint=True,
        )
        message = {
            code: st.text_input(
                label, value=said.get(code, ""), max_chars=500, key=f"{self._key}_message_{code}"
            )
            for code, label in (
                ("en", _("Sentence in English")),
                ("fr", _("Sentence in French")),
            )
        }
        return {"rule": meta.get("rule", ""), "message": message}

    def _pick(self, label: str, name: str, form: Form) -> str:
        fitting = [one for one in self._columns if kind_of(one, self._attributes) in form.kinds]
        old = self._old.get(name)
        chosen = st.selectbox(
            label,
            fitting,
            index=fitting.index(old) if old in fitting else 0,
            format_func=say_column,
            key=f"{self._choice}_{name}",
        )
        return str(chosen)

    def _show_columns(self, form: Form) -> Item:
        if "column_list" in form.arguments:
            fitting = [one for one in self._columns if kind_of(one, self._attributes) in form.kinds]
            old = [one for one in self._old.get("column_list", ()) if one in fitting]
            chosen = st.multiselect(
                _("Columns"), fitting, old, format_func=say_column, key=f"{self._choice}_columns"
            )
            return {"column_list": chosen, "ignore_row_if": _IGNORED["column_list"]}
        if "column_A" in form.arguments:
            pair = {
                "column_A": self._pick(_("Column"), "column_A", form),
                "column_B": self._pick(_("Other column"), "column_B", form),
            }
            return {**pair, "ignore_row_if": _IGNORED["column_A"]}
        return {"column": self._pick(_("Column"), "column", form)}

    def _show_arguments(self, form: Form, columns: Item) -> Item:
        first = columns.get("column") or columns.get("column_A")
        kind = kind_of(first, self._attributes) if first else NUMBER
        found: Item = {}
        for name in form.arguments:
            if name in ("min_value", "max_value"):
                bound = self._show_bound(name, kind or TEXT)
                found |= {} if bound is None else {name: bound}
            elif name in ("value_set", "regex_list"):
                kinds = [kind or TEXT] if name == "value_set" else [TEXT]
                found[name] = [one[0] for one in self._show_lines(name, kinds)]
            elif name == "value_pairs_set":
                other = kind_of(columns["column_B"], self._attributes)
                found[name] = self._show_lines(name, [kind or TEXT, other or TEXT])
            elif name in ("or_equal", "strict_min", "strict_max"):
                found |= self._show_flag(name)
            elif name == "match_on":
                found[name] = self._show_choice(name)
            elif name in ("regex", "value", "sum_total", "strftime_format"):
                found[name] = self._show_one(name)
        return found

    def _show_flag(self, name: str) -> Item:
        labels = {
            "or_equal": _("Or equal"),
            "strict_min": _("Lower limit excluded"),
            "strict_max": _("Upper limit excluded"),
        }
        old = bool(self._old.get(name, False))
        chosen = st.checkbox(labels[name], value=old, key=f"{self._key}_{name}")
        return {name: True} if chosen else {}

    def _show_choice(self, name: str) -> str:
        words = {"any": _("at least one of them"), "all": _("all of them")}
        old = self._old.get(name, "any")
        chosen = st.selectbox(
            _("How many patterns"),
            list(words),
            index=list(words).index(old),
            format_func=words.__getitem__,
            key=f"{self._choice}_{name}",
        )
        return str(chosen)

    def _show_one(self, name: str) -> Any:  # noqa: ANN401 - a value of JSON
        labels = {
            "regex": _("Pattern (regular expression)"),
            "value": _("Number of characters"),
            "sum_total": _("Sum"),
            "strftime_format": _("Format, such as %Y-%m-%d"),
        }
        typed = st.text_input(
            labels[name], value=_shown(self._old.get(name)), key=f"{self._key}_{name}"
        )
        return read_value(typed, NUMBER) if name in ("value", "sum_total") else typed

    def _show_lines(self, name: str, kinds: Sequence[str]) -> list[list[Any]]:
        """Ask for one value or pair on each line."""
        old = self._old.get(name, [])
        lines = [" | ".join(map(_shown, one if isinstance(one, list) else [one])) for one in old]
        label = _("Pairs, one on each line: A | B") if len(kinds) > 1 else _("One on each line")
        typed = st.text_area(label, value="\n".join(lines), key=f"{self._key}_{name}")
        found = []
        for line in filter(None, (one.strip() for one in typed.splitlines())):
            parts = line.split("|") if len(kinds) > 1 else [line]
            found.append(
                [read_value(part.strip(), kind) for part, kind in zip(parts, kinds, strict=False)]
            )
        return found

    def _show_bound(self, name: str, kind: str) -> Any:  # noqa: ANN401 - a value of JSON
        label = _("At least") if name == "min_value" else _("At most")
        old = self._old.get(name)
        if kind != DATE:
            shown = "" if isinstance(old, dict) else _shown(old)
            typed = st.text_input(label, value=shown, key=f"{self._key}_{name}_number")
            return read_value(typed, NUMBER) if typed.strip() else None
        said = str(old.get("$PARAMETER")) if isinstance(old, dict) else ""
        ways = ["", *PARAMETERS, "years", "date"]
        way = said if said in PARAMETERS else "years" if said.startswith("years_ago_") else ""
        words = {"": _("no limit"), "years": _("so many years ago"), "date": _("a fixed date")}
        chosen = st.selectbox(
            label,
            ways,
            index=ways.index("date" if said.startswith("date_") else way),
            format_func=lambda one: words.get(one) or PARAMETERS[one](),
            key=f"{self._choice}_{name}_way",
        )
        return self._show_date(str(chosen), said, f"{self._key}_{name}")

    def _show_date(self, way: str, said: str, key: str) -> Item | None:
        if way == "years":
            years = said.removeprefix("years_ago_")
            typed = st.number_input(
                _("Years"), 0, 150, int(years) if years.isdigit() else 18, key=f"{key}_years"
            )
            return {"$PARAMETER": f"years_ago_{int(typed)}"}
        if way == "date":
            parts = said.removeprefix("date_").split("_")
            day = date(*map(int, parts)) if len(parts) == 3 else date(2000, 1, 1)
            given = st.date_input(
                _("Date"), day, date(1800, 1, 1), date(2199, 12, 31), key=f"{key}_date"
            )
            return {"$PARAMETER": f"date_{given:%Y_%m_%d}"}
        return {"$PARAMETER": way} if way else None

    def _show_condition(self) -> Item | None:
        """Ask for one simple condition; a nested one is kept as it is, or taken away."""
        old = self._old.get("row_condition")
        if old and old["type"] in ("and", "or"):
            kept = st.checkbox(
                _("Only if {what}", what=say_condition(old)), True, key=f"{self._key}_nested"
            )
            return dict(old) if kept else None
        columns = ["", *self._columns]
        at = old["column"]["name"] if old else ""
        column = st.selectbox(
            _("Only where this column"),
            columns,
            index=columns.index(at) if at in columns else 0,
            format_func=lambda one: say_column(one) if one else _("every row"),
            key=f"{self._choice}_if",
        )
        if not column:
            return None
        return self._show_comparison(str(column), old or {})

    def _show_comparison(self, column: str, old: Mapping[str, Any]) -> Item:
        kind = kind_of(column, self._attributes) or TEXT
        orders = ["<", "<=", ">", ">="] if kind == NUMBER else []
        lists = ["IN", "NOT_IN"] if kind in (TEXT, NUMBER) else []
        equal = ["==", "!=", *orders, *lists] if kind != DATE else []
        fine = ["filled", "empty", *equal]
        said = old.get("operator") or ("empty" if old.get("is_null") else "filled")
        operator = st.selectbox(
            _("Comparison"),
            fine,
            index=fine.index(said) if said in fine else 0,
            format_func=lambda one: OPERATORS[one](),
            key=f"{self._choice}_operator",
        )
        place = {"column": {"name": column}}
        if operator in ("filled", "empty"):
            return {"type": "nullity", **place, "is_null": operator == "empty"}
        before = old.get("parameter")
        shown = "; ".join(map(_shown, before)) if isinstance(before, list) else _shown(before)
        typed = st.text_input(
            _("Value; several with semicolons between"), value=shown, key=f"{self._key}_parameter"
        )
        if operator in ("IN", "NOT_IN"):
            wanted = [read_value(one.strip(), kind) for one in typed.split(";") if one.strip()]
        else:
            wanted = read_value(typed.strip(), kind)
        return {"type": "comparison", **place, "operator": operator, "parameter": wanted}


def _shown(value: Any) -> str:  # noqa: ANN401 - a value of JSON
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def read_value(typed: str, kind: str) -> Any:  # noqa: ANN401 - a value of JSON
    """Return what somebody typed as a value of this kind; InvalidInput for what is none."""
    if kind == FLAG:
        if typed.casefold() in ("true", "false"):
            return typed.casefold() == "true"
        raise InvalidInput("“{typed}” is neither true nor false.", typed=typed)
    if kind != NUMBER:
        return typed
    try:
        number = float(typed.replace(",", "."))
        return int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        raise InvalidInput("“{typed}” is not a number.", typed=typed) from None
