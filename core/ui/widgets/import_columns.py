"""The columns of a file: what each probably holds, and a way to say otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten

import streamlit as st

from core.domain.fields import FIELDS, IDENTIFIER_PREFIX, WASHINGTON_GROUP
from core.domain.permissions import Actor
from core.domain.words import label_code
from core.etl.choices import Column, Mapping, Suggestion, is_target
from core.etl.headers import slug
from core.etl.rows import CODES, DATES, FLAGS, TYPES
from core.etl.values import meanings
from core.services import imports
from core.services.imports import RunView
from core.text import _
from core.ui import plain
from core.ui.widgets.reason_words import say_reason

_SAMPLES_READ, _SAMPLES_SHOWN, _MOST_VALUES = 1_000, 3, 12
_LONGEST_SAMPLE = 38
_TARGETS = tuple(name for name in (*TYPES, "age") if is_target(name))
_ORDERS: dict[str | None, Callable[[], str]] = {
    None: lambda: _("as the dates themselves show"),
    "DMY": lambda: _("day, month, year"),
    "MDY": lambda: _("month, day, year"),
    "YMD": lambda: _("year, month, day"),
}
_WIDTHS = [3, 3, 4]


@dataclass(frozen=True)
class _Line:
    """One column on the page: what is suggested, what was chosen before, what it holds."""

    key: str
    suggestion: Suggestion
    chosen: Column
    values: tuple[str, ...]


def show_columns(actor: Actor, run: RunView, check: Callable[[Actor, RunView], None]) -> None:
    """Show the columns as a form; sent, the choices are kept and `check` goes on with the run."""
    lines = _read_lines(actor, run)
    unsafe = [one for one in lines if not one.suggestion.safe]
    known = [one for one in lines if one.suggestion.safe and one.suggestion.field]
    others = [one for one in lines if one.suggestion.safe and not one.suggestion.field]
    with st.form(f"columns_{run.uuid}"):
        chosen: dict[str, Column] = {}
        if unsafe:
            st.warning(_("Please confirm: what these columns hold is not certain."))
            chosen |= {one.suggestion.header: _show_line(one) for one in unsafe}
        if known:
            st.subheader(_("Understood"))
            chosen |= {one.suggestion.header: _show_line(one) for one in known}
        if others:
            with st.expander(_("Kept as they are: {n} other columns", n=len(others))):
                chosen |= {one.suggestion.header: _show_line(one) for one in others}
        key = _show_key(run)
        sent = st.form_submit_button(_("Check the file"), type="primary")
    if sent:
        ordered = {one.suggestion.header: chosen[one.suggestion.header] for one in lines}
        imports.set_mapping(actor, run.uuid, Mapping(ordered), key)
        check(actor, run)


def _read_lines(actor: Actor, run: RunView) -> list[_Line]:
    rows = imports.sample(actor, run.uuid, _SAMPLES_READ)
    settled = run.document.mapping.columns if run.document.mapping else {}
    return [
        _Line(
            key=f"column_{run.uuid}_{position}",
            suggestion=one,
            chosen=settled.get(one.header, Column(one.field)),
            values=tuple(
                dict.fromkeys(row[one.header] for row in rows if row.get(one.header, "").strip())
            ),
        )
        for position, one in enumerate(run.document.suggestions)
    ]


def _show_line(line: _Line) -> Column:
    """Show one column with its choices; return what is chosen."""
    header = line.suggestion.header
    left, middle, right = st.columns(_WIDTHS, vertical_alignment="top")
    with left:
        plain.show_noted(header, _say_samples(line.values))
    options = _options(header, line.chosen.field, line.suggestion.field)
    with middle:
        field = st.selectbox(
            header,
            options,
            index=options.index(line.chosen.field),
            format_func=_label,
            key=f"{line.key}_field",
            label_visibility="collapsed",
        )
        order = _show_order(line)
    with right:
        plain.show_text(_say_reason(line.suggestion), faint=True)
    return Column(field, order, _show_values(line))


def _say_samples(values: Sequence[str]) -> str:
    shown = [shorten(value, _LONGEST_SAMPLE, placeholder="…") for value in values[:_SAMPLES_SHOWN]]
    return " · ".join(shown) or _("empty")


def _options(header: str, *fields: str | None) -> list[str | None]:
    """Return what a column may hold: an attribute, a number of its own name, every field."""
    own = f"{IDENTIFIER_PREFIX}{slug(header)}"
    return list(dict.fromkeys([None, *_TARGETS, own, *fields]))


def _label(field: str | None) -> str:
    if field is None:
        return _("Keep as it is (attribute)")
    if field.startswith("location."):
        return _("Area, level {n}", n=field.rpartition(".")[2])
    if field.startswith(IDENTIFIER_PREFIX):
        return _("Identifier “{name}”", name=field.removeprefix(IDENTIFIER_PREFIX))
    return _(FIELDS[field].label) if field in FIELDS else field


def _say_reason(suggestion: Suggestion) -> str:
    if not suggestion.field:
        return say_reason(suggestion.reason)
    return _(
        "{percent} % sure: {reason}",
        percent=round(suggestion.confidence * 100),
        reason=say_reason(suggestion.reason),
    )


def _show_order(line: _Line) -> str | None:
    """Ask for the order of day and month where the column holds dates."""
    if line.chosen.field not in DATES and line.suggestion.field not in DATES:
        return line.chosen.date_order
    orders = list(_ORDERS)
    return st.selectbox(
        _("Order of the dates"),
        orders,
        index=orders.index(line.chosen.date_order),
        format_func=lambda order: _ORDERS[order](),
        key=f"{line.key}_order",
    )


def _show_values(line: _Line) -> dict[str, str]:
    """Ask for the meaning of the values that are not understood by themselves."""
    field, kept = line.chosen.field, dict(line.chosen.values)
    if field is None or field not in (*CODES, *FLAGS, *WASHINGTON_GROUP):
        return kept
    known = meanings(field, line.values, {})
    strange = [value for value in line.values if value not in known][:_MOST_VALUES]
    if not strange:
        return kept
    codes = _codes(field)
    plain.show_text(
        _("Values of “{header}” that are not understood. They mean:", header=line.suggestion.header)
    )
    for position, value in enumerate(strange):
        left, right = st.columns([3, 7], vertical_alignment="center")
        with left:
            plain.show_text(f"“{value}”")
        said = right.selectbox(
            value,
            [None, *codes],
            index=([None, *codes]).index(kept.get(value)) if kept.get(value) in codes else 0,
            format_func=_say_code,
            key=f"{line.key}_value_{position}",
            label_visibility="collapsed",
        )
        kept = {raw: code for raw, code in kept.items() if raw != value}
        if said:
            kept[value] = said
    return kept


_WORDS = {
    "true": "yes",
    "false": "no",
    "1": "no difficulty",
    "2": "some difficulty",
    "3": "a lot of difficulty",
    "4": "cannot do at all",
}


def _say_code(code: str | None) -> str:
    return label_code(_WORDS.get(code, code)) if code else _("not said")


def _codes(field: str) -> Sequence[str]:
    if field in FLAGS:
        return ("true", "false")
    if field in WASHINGTON_GROUP:
        return ("1", "2", "3", "4")
    codes = FIELDS[field].codes
    return [str(code.value) for code in codes] if codes else []


def _show_key(run: RunView) -> str | None:
    """Ask which column names each record, so that the next file changes and never doubles."""
    headers: list[str | None] = [None, *run.document.layout.headers]
    return st.selectbox(
        _("Column that names each record"),
        headers,
        index=headers.index(run.document.key),
        format_func=lambda header: header or _("None: whole rows are compared"),
        help=_(
            "A number of the source system, for example. The same number in a later file then"
            " changes the same person instead of adding one."
        ),
        key=f"key_{run.uuid}",
    )
