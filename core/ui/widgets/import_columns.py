"""Step 2, the columns: what each probably holds, and a way to say otherwise."""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace
from functools import partial
from textwrap import shorten

import streamlit as st

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, IDENTIFIER_PREFIX
from core.domain.permissions import Actor
from core.etl.choices import Column, Mapping, Suggestion, is_target
from core.etl.columns.headers import numbered, slug
from core.etl.rows import TYPES
from core.services import imports
from core.services.imports import RunView
from core.text import _, language
from core.ui import cache, plain
from core.ui.widgets import import_acts, import_way
from core.ui.widgets.reason_words import say_reason

_SAMPLES_READ, _SAMPLES_SHOWN, _LONGEST_SAMPLE = 1_000, 3, 38
_LEFT_OUT = "-"
"""The choice that is no field: the column is not imported at all."""
_TARGETS = tuple(name for name in (*TYPES, "age") if is_target(name))
_POLICIES: dict[str, Callable[[], str]] = {
    "file": lambda: _("the file’s value, where it is filled"),
    "keep": lambda: _("the registry’s value stays"),
    "blanks": lambda: _("the file’s value, only where the registry has none"),
}
_STATUS: dict[str, Callable[[], str]] = {
    "keep": _POLICIES["keep"],
    "file": lambda: _("known people move to the file’s status, where the programme allows it"),
}
"""A status alone stays unless somebody says otherwise."""
_WIDTHS = [3, 3, 4]


@dataclass(frozen=True)
class _Line:
    """One column on the page: what is suggested, what was chosen before, what it holds."""

    key: str
    suggestion: Suggestion
    chosen: Column
    settled: bool
    values: tuple[str, ...]
    types: tuple[str, ...]
    earlier: str | None = None
    fresh: bool = False

    @property
    def header(self) -> str:
        return self.suggestion.header


def show_columns(actor: Actor, run: RunView) -> None:
    """Show the columns as a form; either way on keeps the choices."""
    lines = _read_lines(actor, run)
    asking = [one for one in lines if one.fresh or not (one.suggestion.safe or one.settled)]
    rest = [one for one in lines if one not in asking]
    known = [one for one in rest if one.chosen.field and (one.values or one.settled)]
    empty = [one for one in rest if one.chosen.field and one not in known]
    others = [one for one in rest if not one.chosen.field]
    with st.form(f"columns_{run.uuid}", border=False):
        chosen: dict[str, Column] = {}
        if asking:
            st.warning(
                _("Please confirm: these columns have a new name or are new; the others are known.")
                if all(one.fresh for one in asking)
                else _("Please confirm: what these columns hold is not certain.")
            )
            chosen |= {one.header: _show_line(one) for one in asking}
        if known:
            st.subheader(_("Understood"))
            chosen |= {one.header: _show_line(one) for one in known}
        if empty:
            with st.expander(_("Empty here: {n} columns", n=len(empty))):
                chosen |= {one.header: _show_line(one) for one in empty}
        if others:
            with st.expander(_("Other columns, kept as they are: {n}", n=len(others))):
                chosen |= {one.header: _show_line(one) for one in others}
        chosen = _show_policies(known, chosen)
        key = _show_key(run)
        with st.container(horizontal=True):
            back = st.form_submit_button(
                _("Back to step {n}", n=1), icon=":material/arrow_back:", key="columns_back"
            )
            sent = st.form_submit_button(
                _("Go on: {step}", step=_("Values")), type="primary", key="columns_on"
            )
    if sent or back:
        ordered = Mapping({one.header: chosen[one.header] for one in lines})
        import_acts.do(lambda: _keep(actor, run, ordered, key, onward=sent))


def _keep(actor: Actor, run: RunView, mapping: Mapping, key: str | None, *, onward: bool) -> None:
    """Settle the columns where something has changed: what is checked stays checked otherwise."""
    known = run.document.known
    fresh = known is not None and bool(known.fresh)  # looked at now, and asked about no more
    if fresh or mapping != run.document.mapping or key != run.document.key:
        imports.set_mapping(actor, run.uuid, mapping, key)
    import_way.go(import_way.VALUES if onward else import_way.FILE)


def _read_lines(actor: Actor, run: RunView) -> list[_Line]:
    rows = cache.of_run(
        actor, run, "sample", lambda: imports.sample(actor, run.uuid, _SAMPLES_READ)
    )
    settled = run.document.mapping.columns if run.document.mapping else {}
    fresh = run.document.known.fresh if run.document.known else ()
    taken = {column.field for column in settled.values()}
    types = cache.of_run(actor, run, "types", lambda: imports.identifier_types(actor))
    return [
        _Line(
            key=f"column_{language()}_{run.uuid}_{position}",  # a select sends its words, not codes
            types=tuple(types),
            suggestion=one,
            earlier=run.document.names.get(one.header),
            fresh=one.header in fresh,
            chosen=_choose(one, settled, taken if one.header in fresh else None),
            settled=one.header in settled,
            values=tuple(
                dict.fromkeys(row[one.header] for row in rows if row.get(one.header, "").strip())
            ),
        )
        for position, one in enumerate(run.document.suggestions)
    ]


def _choose(
    one: Suggestion, settled: Pairs[str, Column], taken: Collection[str | None] | None
) -> Column:
    """Return what was settled for a column; of a new one, what is suggested if it is not `taken`
    by another."""
    chosen = settled.get(one.header, Column(one.field))
    if taken is not None and chosen.field is None and one.field not in taken:
        return Column(one.field)
    return chosen


def _show_line(line: _Line) -> Column:
    """Show one column with its choices; return what is chosen."""
    left, middle, right = st.columns(_WIDTHS, vertical_alignment="center")
    with left:
        plain.show_noted(line.header, _say_samples(line.values))
    options = _options(line)
    now = _LEFT_OUT if line.chosen.left_out else line.chosen.field
    with middle:
        field = st.selectbox(
            line.header,
            options,
            index=options.index(now),
            format_func=_label,
            key=f"{line.key}_field",
            label_visibility="collapsed",
        )
    with right:
        plain.show_text(_say_reason(line), faint=True)
    if field == _LEFT_OUT:
        return replace(line.chosen, left_out=True)
    if field == line.chosen.field:
        return replace(line.chosen, left_out=False)
    return Column(field, policy=line.chosen.policy)  # what was said of values was of another field


def _say_samples(values: Sequence[str]) -> str:
    shown = [shorten(value, _LONGEST_SAMPLE, placeholder="…") for value in values[:_SAMPLES_SHOWN]]
    return " · ".join(shown) or _("empty")


def _options(line: _Line) -> list[str | None]:
    """Return what a column may hold: an attribute, nothing, a field, a number that is known
    already, or one of the column's own name."""
    kinds = (*line.types, slug(numbered(line.header)))
    numbers = (f"{IDENTIFIER_PREFIX}{kind}" for kind in kinds)
    fields = (line.chosen.field, line.suggestion.field)
    return list(dict.fromkeys([None, _LEFT_OUT, *_TARGETS, *numbers, *fields]))


def _label(field: str | None) -> str:
    if field is None:
        return _("Keep as it is (attribute)")
    return _("Leave this column out") if field == _LEFT_OUT else say_field(field)


def say_field(field: str) -> str:
    """Return the name of a field that a column may hold."""
    if field.startswith("location."):
        return _("Area, level {n}", n=field.rpartition(".")[2])
    if field.startswith(ATTRIBUTE_PREFIX):
        return _("Attribute “{name}”", name=field.removeprefix(ATTRIBUTE_PREFIX))
    if field.startswith(IDENTIFIER_PREFIX):
        return _("Identifier “{name}”", name=field.removeprefix(IDENTIFIER_PREFIX))
    return _(FIELDS[field].label) if field in FIELDS else field


def _say_reason(line: _Line) -> str:
    suggestion = line.suggestion
    if line.fresh and line.earlier:
        return _("a new name, it seems: “{name}” in earlier files", name=line.earlier)
    if not suggestion.field:
        return say_reason(suggestion.reason)
    return _(
        "{percent} % sure: {reason}",
        percent=round(suggestion.confidence * 100),
        reason=say_reason(suggestion.reason),
    )


def _show_policies(lines: Sequence[_Line], chosen: dict[str, Column]) -> dict[str, Column]:
    """Ask, out of the way, whose value counts for people who are known already."""
    if not lines:
        return chosen
    with st.expander(_("When a person is known already: whose value counts?")):
        st.caption(_("A blank cell never deletes anything."))
        for line in lines:
            column = chosen[line.header]
            # The first way offered is the usual one.
            offered = _STATUS if column.field == "status" else _POLICIES
            ways, usual = list(offered), next(iter(offered))
            policy = st.selectbox(
                line.header,
                ways,
                index=ways.index(column.policy) if column.policy in ways else 0,
                format_func=partial(_say_way, offered),
                key=f"{line.key}_{'status' if column.field == 'status' else 'policy'}",
            )
            kept = policy if column.policy or policy != usual else None
            chosen[line.header] = replace(column, policy=kept)
    return chosen


def _say_way(offered: Pairs[str, Callable[[], str]], one: str) -> str:
    return offered[one]()


def _show_key(run: RunView) -> str | None:
    """Ask which column names each record, so that the next file changes and never doubles."""
    headers: list[str | None] = [None, *run.document.headers]
    return st.selectbox(
        _("Column that names each record"),
        headers,
        index=headers.index(run.document.key),
        format_func=lambda header: header or _("None: whole rows are compared"),
        help=_(
            "A number of the source system, for example. The same number in a later file then"
            " changes the same person instead of adding one."
        ),
        key=f"key_{language()}_{run.uuid}",
    )
