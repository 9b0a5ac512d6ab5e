"""Validation suites: JSON in the form of Great Expectations, checked word by word when loaded."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from core.domain.fields import ATTRIBUTE_PREFIX
from core.errors import RegistryError
from core.etl.rows import Severity
from core.etl.rules._conditions import check_condition, condition_columns, known_kind
from core.etl.rules.expectations import (
    DATE,
    FORMS,
    NUMBER,
    TEXT,
    Form,
    Place,
    Refused,
    columns_of,
    kind_of,
    parameter,
)

SHIPPED = Path(__file__).parents[3] / "validation_suites" / "beneficiaries.json"
LANGUAGES = ("en", "fr")
_PLACES = frozenset({"row", "value", "column"})
_RULE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_MOST_RULES, _MOST_CONDITIONS = 500, 100


class SuiteError(RegistryError):
    """A validation suite contains something that would silently not be checked."""


@dataclass(frozen=True)
class Expectation:
    """One rule of a suite: what it looks at, how bad a breach is, and the sentence about it."""

    rule: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    messages: Mapping[str, str]

    @property
    def column(self) -> str:
        """The column a breach is shown in."""
        return str(columns_of(self.kwargs)[0])

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule reads, those of its condition included."""
        condition = self.kwargs.get("row_condition")
        return (*columns_of(self.kwargs), *(condition_columns(condition) if condition else ()))


@dataclass(frozen=True)
class Suite:
    """A checked suite and the document it was read from; `attributes` says what the columns of
    attributes hold (text where it says nothing)."""

    name: str
    expectations: tuple[Expectation, ...]
    document: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def messages(self) -> dict[str, Mapping[str, str]]:
        return {expectation.rule: expectation.messages for expectation in self.expectations}

    @property
    def attribute_kinds(self) -> dict[str, str]:
        """What the attributes that the rules look at hold, by attribute."""
        read = {column for rule in self.expectations for column in rule.columns}
        names = sorted(c.removeprefix(ATTRIBUTE_PREFIX) for c in read if c.startswith("attribute."))
        return {name: self.attributes.get(name, TEXT) for name in names}

    @property
    def whole_file(self) -> tuple[Expectation, ...]:
        """The rules that compare a row with all the others."""
        return tuple(rule for rule in self.expectations if FORMS[rule.type].whole_file)


def load_suite(path: Path = SHIPPED) -> Suite:
    """Read and lint a suite file; raises SuiteError naming the rule and what is wrong with it."""
    return read_suite(path.read_text(encoding="utf-8"))


def read_suite(text: str) -> Suite:
    """Lint a suite: Great Expectations drops a mistyped rule without a word, we refuse it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SuiteError("The suite is not valid JSON: {reason}.", reason=str(error)) from None
    return make_suite(document)


def make_suite(document: object) -> Suite:
    """Lint a suite that is read already; raises SuiteError as `read_suite`."""
    if not isinstance(document, dict) or not isinstance(document.get("expectations"), list):
        raise SuiteError("A suite needs a name and a list of expectations.")
    name = document.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= 100:
        raise SuiteError("The suite has no name, or one longer than 100 characters.")
    unknown = sorted(set(document) - {"name", "expectations", "meta"})
    if unknown:
        raise SuiteError(
            "Suite {name} has an unknown part: {names}.", name=name, names=", ".join(unknown)
        )
    if len(document["expectations"]) > _MOST_RULES:
        raise SuiteError("Suite {name} has more than {most} rules.", name=name, most=_MOST_RULES)
    attributes = _attributes(name, document.get("meta", {}))
    rules = tuple(
        _expectation(item, n, attributes) for n, item in enumerate(document["expectations"], 1)
    )
    _refuse_doubles(name, rules)
    return Suite(name, rules, document, attributes)


def combine(base: Suite, extra: Suite) -> Suite:
    """Put a programme's rules behind the base suite's; SuiteError where they use the same name."""
    expectations = [*base.document["expectations"], *extra.document["expectations"]]
    attributes = {**base.attributes, **extra.attributes}
    rules = base.expectations + extra.expectations
    _refuse_doubles(extra.name, rules)
    meta = {"meta": {"attributes": attributes}} if attributes else {}
    document = {"name": base.name, "expectations": expectations, **meta}
    return Suite(base.name, rules, document, attributes)


def _attributes(name: str, meta: object) -> dict[str, str]:
    part = meta if isinstance(meta, dict) else {"": None}
    kinds = part.get("attributes", {})
    if set(part) - {"attributes"} or not isinstance(kinds, dict):
        raise SuiteError("Suite {name}: meta may have attributes only.", name=name)
    for attribute, kind in kinds.items():
        known = kind_of(f"{ATTRIBUTE_PREFIX}{attribute}", {})
        if known is None or kind not in (TEXT, NUMBER, DATE):
            raise SuiteError(
                "Suite {name}: the attribute “{attribute}” holds “{kind}”; use text, number or "
                "date, and letters, digits, - and _ in its name.",
                name=name,
                attribute=attribute,
                kind=kind,
            )
    return dict(kinds)


def _refuse_doubles(name: str, rules: tuple[Expectation, ...]) -> None:
    said: dict[str, str] = {}
    names: set[str] = set()
    for rule in rules:
        # Great Expectations keeps one of two rules that differ in their sentences alone.
        what = json.dumps([rule.type, rule.kwargs], sort_keys=True)
        if rule.rule in names:
            raise SuiteError("Suite {name} names a rule twice: {rule}.", name=name, rule=rule.rule)
        if what in said:
            raise SuiteError(
                "Rule {rule} checks just what rule {other} checks.",
                rule=rule.rule,
                other=said[what],
            )
        said[what] = rule.rule
        names.add(rule.rule)


def _expectation(item: object, number: int, attributes: Mapping[str, str]) -> Expectation:
    part = item if isinstance(item, dict) else {}
    meta: dict[str, Any] = part["meta"] if isinstance(part.get("meta"), dict) else {}
    rule = meta.get("rule")
    if not isinstance(rule, str) or not _RULE.fullmatch(rule):
        raise SuiteError(
            "Expectation {number} has no meta.rule, the name it is reported under: at most 60 "
            "small letters a to z, digits and _.",
            number=number,
        )
    unknown = set(part) - {"type", "kwargs", "severity", "meta"}
    unknown |= {f"meta.{one}" for one in set(meta) - {"rule", "message"}}
    if unknown:
        raise SuiteError(
            "Rule {rule} has an unknown part: {names}.", rule=rule, names=", ".join(sorted(unknown))
        )
    kind, severity = part.get("type"), part.get("severity")
    kwargs: dict[str, Any] = part["kwargs"] if isinstance(part.get("kwargs"), dict) else {}
    if not isinstance(kind, str) or kind not in FORMS:
        raise SuiteError("Rule {rule} has the unknown type “{kind}”.", rule=rule, kind=kind)
    if not isinstance(severity, str) or severity not in set(Severity):
        raise SuiteError(
            "Rule {rule} has the severity “{severity}”; use critical, warning or info.",
            rule=rule,
            severity=severity,
        )
    try:
        _check_kwargs(kind, kwargs, attributes)
        _check_messages(meta.get("message"))
    except Refused as why:
        raise SuiteError("Rule {rule}: {why}.", rule=rule, why=why.said) from None
    return Expectation(rule, kind, kwargs, Severity(severity), meta["message"])


def _check_messages(messages: object) -> None:
    wanted = Refused("needs meta.message in en and fr, at most 500 characters each")
    if not isinstance(messages, dict) or set(messages) != set(LANGUAGES):
        raise wanted
    for text in messages.values():
        if not isinstance(text, str) or not 0 < len(text) <= 500:
            raise wanted
        try:
            parts = list(Formatter().parse(text))
        except ValueError:
            raise Refused(
                "the message “{text}” has a brace that is not closed", text=text
            ) from None
        for _, place, form, conversion in parts:
            if place is not None and (place not in _PLACES or form or conversion):
                raise Refused(
                    "the message may name {{row}}, {{value}}, {{column}}, not “{place}”",
                    place=place,
                )


def _check_kwargs(kind: str, kwargs: dict[str, Any], attributes: Mapping[str, str]) -> None:
    form = FORMS[kind]
    unknown = sorted(set(kwargs) - set(form.arguments) - {"row_condition"})
    missing = sorted(n for n, one in form.arguments.items() if one.required and n not in kwargs)
    if unknown:
        raise Refused("wrong arguments: unknown {names}", names=", ".join(unknown))
    if missing:
        raise Refused("wrong arguments: missing {names}", names=", ".join(missing))
    kinds = [known_kind(column, attributes) for column in columns_of(kwargs)]
    place = Place(attributes, tuple(kinds))
    for name, value in kwargs.items():
        if name in form.arguments:
            form.arguments[name].check(name, value, place)
    _check_columns(kind, form, kinds)
    if kwargs.get("column_A", 0) == kwargs.get("column_B", 1):
        raise Refused("column_A and column_B are the same column")
    if form.one_of and not set(form.one_of) & set(kwargs):
        raise Refused("needs {names}", names=" or ".join(form.one_of))
    _check_order(kwargs.get("min_value"), kwargs.get("max_value"))
    if "row_condition" in kwargs:
        if not form.conditional:
            raise Refused("{kind} takes no row_condition", kind=kind)
        check_condition(kwargs["row_condition"], attributes, ("and", "or"))
        if len(condition_columns(kwargs["row_condition"])) > _MOST_CONDITIONS:
            raise Refused("row_condition has more than {most} conditions", most=_MOST_CONDITIONS)


def _check_columns(kind: str, form: Form, kinds: list[str]) -> None:
    wrong = next((one for one in kinds if one not in form.kinds), None)
    if wrong:
        raise Refused("{kind} cannot look at a column that holds a {wrong}", kind=kind, wrong=wrong)
    if form.same_kind and len(set(kinds)) > 1:
        raise Refused("its columns hold different kinds of values: {kinds}", kinds=", ".join(kinds))


def _check_order(low: Any, high: Any) -> None:  # noqa: ANN401 - numbers or parameters, checked before
    if low is None or high is None:
        return
    if isinstance(low, dict):
        day = date(2026, 1, 1)
        low, high = (parameter(one["$PARAMETER"], day) for one in (low, high))
    if low > high:
        raise Refused("min_value lies above max_value")
