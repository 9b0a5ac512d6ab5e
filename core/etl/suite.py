"""Validation suites: JSON in the form of Great Expectations, checked word by word when loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import RegistryError
from core.etl.rows import TYPES, Severity

SHIPPED = Path(__file__).parents[2] / "validation_suites" / "beneficiaries.json"
LANGUAGES = ("en", "fr")
COLUMNS = frozenset({"row", *TYPES, "identifiers", "attributes", "fingerprint", "key", "digest"})
PARAMETERS = frozenset({"today", "earliest_birth", "ten_years_ago"})
"""What a bound may refer to as {"$PARAMETER": name}; all are dates counted back from today."""

_CONDITION = frozenset({"row_condition"})
KWARGS: dict[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": frozenset({"column"}),
    "expect_column_values_to_be_null": frozenset({"column"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "value_set"}),
    "expect_column_values_to_not_be_in_set": frozenset({"column", "value_set"}),
    "expect_column_values_to_match_regex": frozenset({"column", "regex"}),
    "expect_column_values_to_not_match_regex": frozenset({"column", "regex"}),
    "expect_column_values_to_be_between": frozenset({"column", "min_value", "max_value"}),
    "expect_column_value_lengths_to_be_between": frozenset({"column", "min_value", "max_value"}),
    "expect_column_pair_values_a_to_be_greater_than_b": frozenset(
        {"column_A", "column_B", "or_equal", "ignore_row_if"}
    ),
}
"""The expectations that compile to masks, with the arguments each takes."""
_OPTIONAL = frozenset({"min_value", "max_value", "or_equal", "ignore_row_if"})
_OPERATORS = frozenset({"==", "IN"})


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
        return str(self.kwargs.get("column", self.kwargs.get("column_A")))


@dataclass(frozen=True)
class Suite:
    """A checked suite and the document it was read from."""

    name: str
    expectations: tuple[Expectation, ...]
    document: Mapping[str, Any]

    @property
    def messages(self) -> dict[str, Mapping[str, str]]:
        return {expectation.rule: expectation.messages for expectation in self.expectations}


def load_suite(path: Path = SHIPPED) -> Suite:
    """Read and lint a suite file; raises SuiteError naming the rule and what is wrong with it."""
    return read_suite(path.read_text(encoding="utf-8"))


def read_suite(text: str) -> Suite:
    """Lint a suite: Great Expectations drops a mistyped rule without a word, we refuse it."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise SuiteError(f"The suite is not valid JSON: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("expectations"), list):
        raise SuiteError("A suite needs a name and a list of expectations.")
    name = str(document.get("name") or "")
    if not name:
        raise SuiteError("The suite has no name.")
    rules = tuple(_expectation(item, n) for n, item in enumerate(document["expectations"], 1))
    names = [rule.rule for rule in rules]
    doubled = sorted({rule for rule in names if names.count(rule) > 1})
    if doubled:
        raise SuiteError(f"Suite {name} names a rule twice: {', '.join(doubled)}.")
    return Suite(name, rules, document)


def _expectation(item: object, number: int) -> Expectation:
    part = item if isinstance(item, dict) else {}
    meta: dict[str, Any] = part["meta"] if isinstance(part.get("meta"), dict) else {}
    rule = meta.get("rule")
    if not isinstance(rule, str) or not rule:
        raise SuiteError(f"Expectation {number} has no meta.rule, the name it is reported under.")
    unknown = set(part) - {"type", "kwargs", "severity", "meta"}
    if unknown:
        raise SuiteError(f"Rule {rule} has an unknown part: {', '.join(sorted(unknown))}.")
    kind, severity = part.get("type"), part.get("severity")
    kwargs: dict[str, Any] = part["kwargs"] if isinstance(part.get("kwargs"), dict) else {}
    if kind not in KWARGS:
        raise SuiteError(f"Rule {rule} has the unknown type “{kind}”.")
    if severity not in set(Severity):
        raise SuiteError(
            f"Rule {rule} has the severity “{severity}”; use critical, warning or info."
        )
    _check_kwargs(rule, kind, kwargs)
    messages = meta.get("message")
    if not isinstance(messages, dict) or not all(messages.get(language) for language in LANGUAGES):
        raise SuiteError(f"Rule {rule} needs meta.message in {' and '.join(LANGUAGES)}.")
    return Expectation(rule, kind, kwargs, Severity(severity), messages)


def _check_kwargs(rule: str, kind: str, kwargs: dict[str, Any]) -> None:
    allowed = KWARGS[kind]
    unknown = sorted(set(kwargs) - allowed - _CONDITION)
    missing = sorted(allowed - _OPTIONAL - set(kwargs))
    if unknown or missing:
        parts = [f"unknown {', '.join(unknown)}"] if unknown else []
        parts += [f"missing {', '.join(missing)}"] if missing else []
        raise SuiteError(f"Rule {rule} has wrong arguments: {'; '.join(parts)}.")
    columns = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    condition = kwargs.get("row_condition")
    columns += _condition_columns(rule, condition) if condition is not None else []
    for column in columns:
        if column not in COLUMNS:
            raise SuiteError(f"Rule {rule} looks at the unknown column “{column}”.")
    for bound in ("min_value", "max_value"):
        value = kwargs.get(bound)
        if isinstance(value, str) or (
            isinstance(value, dict) and value.get("$PARAMETER") not in PARAMETERS
        ):
            raise SuiteError(
                f"Rule {rule}: {bound} must be a number or "
                f'{{"$PARAMETER": …}} with one of {", ".join(sorted(PARAMETERS))}.'
            )
    if {"min_value", "max_value"} <= allowed and not {"min_value", "max_value"} & set(kwargs):
        raise SuiteError(f"Rule {rule} needs min_value or max_value.")
    if "ignore_row_if" in allowed and kwargs.get("ignore_row_if") != "either_value_is_missing":
        raise SuiteError(f"Rule {rule} needs ignore_row_if: either_value_is_missing.")


def _condition_columns(rule: str, condition: object) -> list[str]:
    part = condition if isinstance(condition, dict) else {}
    kind, parts = part.get("type"), part.get("conditions")
    if kind == "and" and isinstance(parts, list):
        return [column for inner in parts for column in _condition_columns(rule, inner)]
    known = kind == "nullity" or (kind == "comparison" and part.get("operator") in _OPERATORS)
    column = part.get("column") if known else None
    if not isinstance(column, dict) or not isinstance(column.get("name"), str):
        raise SuiteError(f"Rule {rule} has a row_condition that cannot be compiled.")
    return [column["name"]]
