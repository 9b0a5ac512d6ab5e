"""Step 3, the values: what codes mean, how dates and numbers are written, what means no answer."""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.domain.fields import FIELDS, WASHINGTON_GROUP
from core.domain.permissions import Actor
from core.etl.choices import Column, Mapping
from core.etl.rows import CODES, DATES, FLAGS
from core.etl.values.clusters import OFFERED, SETTLED, ValueGroup, value_groups
from core.etl.values.sentinels import suggest_blanks
from core.services import imports, inspection, mappings
from core.services.imports import Counts, RunView
from core.services.inspection import Evidence
from core.text import _, language
from core.ui import cache
from core.ui.widgets import (
    import_acts,
    import_codes,
    import_progress,
    import_reading,
    import_spellings,
    import_way,
)

_CODED = frozenset({*CODES, *FLAGS, *WASHINGTON_GROUP})
_NUMBERS = frozenset({"poverty_score"})


@dataclass(frozen=True)
class Asked:
    """One column with what there is to decide about its values."""

    key: str
    header: str
    column: Column
    groups: Sequence[ValueGroup]
    blanks: Sequence[tuple[str, int]]
    evidence: Evidence

    @property
    def field(self) -> str:
        return self.column.field or ""

    @property
    def is_read(self) -> bool:
        """Whether dates or numbers are read in a way that can be chosen."""
        return self.field in DATES or self.field in _NUMBERS

    @property
    def is_open(self) -> bool:
        """Whether something waits for a person."""
        waiting = any(one.reason not in SETTLED for one in self.groups)
        silent = {text for text, _count in self.blanks} - set(self.column.blanks)
        noted = any(header == self.header for header, _rule in self.evidence.notes)
        return waiting or bool(silent) or noted or self.header in self.evidence.asks


def show_values(actor: Actor, run: RunView) -> None:
    """Show the columns whose values need a person, then those that are understood."""
    mapping = run.document.mapping or Mapping({})
    asked = _read(actor, run, mapping)
    open_ones = [one for one in asked if one.is_open]
    settled = [one for one in asked if not one.is_open and (one.groups or one.is_read)]
    import_spellings.show_spellings(actor, run)
    with st.form(f"values_{run.uuid}", border=False):
        chosen: dict[str, Column] = {}
        if open_ones:
            st.warning(_("Please say what these values mean. What is left open is held back."))
        else:
            st.success(_("Nothing to decide here: all values are understood."))
        for one in open_ones:
            with st.container(border=True):
                chosen[one.header] = _show(one)
        if settled:
            with st.expander(_("Understood: {n} columns", n=len(settled))):
                for one in settled:
                    chosen[one.header] = _show(one)
        with st.container(horizontal=True):
            back = st.form_submit_button(
                _("Back to step {n}", n=2), icon=":material/arrow_back:", key="values_back"
            )
            taken = any(
                group.code and group.reason in OFFERED for one in open_ones for group in one.groups
            )
            take = taken and st.form_submit_button(_("Take all suggestions"), key="values_take")
            sent = st.form_submit_button(
                _("Go on: {step}", step=_("Check")), type="primary", key="values_on"
            )
    if take:
        chosen = {one.header: _with_offers(one, chosen[one.header]) for one in asked
                  if one.header in chosen}  # fmt: skip
    if back or sent or take:
        step = import_way.CHECK if sent else import_way.COLUMNS if back else import_way.VALUES
        import_acts.do(lambda: _keep(actor, run, {**mapping.columns, **chosen}, step))


def _read(actor: Actor, run: RunView, mapping: Mapping) -> list[Asked]:
    used = {h: c for h, c in mapping.columns.items() if c.field and not c.left_out}
    counts: dict[str, Counts] = cache.of_run(
        actor, run, "values", lambda: imports.value_counts(actor, run.uuid, list(used))
    )
    evidence: Evidence = cache.of_run(
        actor, run, "evidence", lambda: inspection.read_evidence(actor, run.uuid)
    )
    fields = {header: column.field or "" for header, column in used.items()}
    before: Pairs[str, dict[str, str]] = cache.of_run(
        actor, run, "before", lambda: mappings.learned_values(actor, fields, run.dataset)
    )
    # The language: a select sends its words, not codes.
    return [
        _ask(
            f"values_{language()}_{run.uuid}_{at}",
            header,
            column,
            counts[header].values,
            evidence,
            before.get(header, {}),
        )
        for at, (header, column) in enumerate(used.items())
    ]


def _ask(
    key: str,
    header: str,
    column: Column,
    counts: Pairs[str, int],
    evidence: Evidence,
    before: Pairs[str, str],
) -> Asked:
    field = column.field or ""
    said = {text: counts.get(text, 0) for text in column.blanks}
    said |= {one.text: one.count for one in suggest_blanks(field, counts)}
    left = {text: count for text, count in counts.items() if text not in column.blanks}
    coded = field in _CODED and (field in FIELDS or field in WASHINGTON_GROUP)
    groups = value_groups(field, left, column.values, before) if coded else []
    return Asked(key, header, column, groups, list(said.items()), evidence)


def _show(asked: Asked) -> Column:
    """Show what there is to say about one column; return the column as said."""
    column = asked.column
    import_reading.show_title(asked.header, asked.field)
    if asked.is_read:
        column = import_reading.show_reading(
            asked.key, asked.header, column, asked.evidence, dates=asked.field in DATES
        )
    if asked.blanks:
        column = import_reading.show_blanks(asked.key, column, asked.blanks)
    if asked.groups:
        column = import_codes.show_codes(asked.key, column, asked.groups)
    return column


def _with_offers(asked: Asked, column: Column) -> Column:
    """Take the suggested code of every value of which nothing else is said."""
    offers = {one.value: one.code for one in asked.groups if one.code and one.reason in OFFERED}
    return replace(column, values={**offers, **column.values})


def _keep(actor: Actor, run: RunView, columns: dict[str, Column], step: str) -> None:
    """Settle the values where something has changed, and go to a step."""
    document = run.document
    changed = Mapping(columns) != document.mapping
    if changed:
        imports.set_mapping(actor, run.uuid, Mapping(columns), document.key)
    import_way.go(step)
    if step == import_way.CHECK and run.needs_queue and (changed or not run.counts):
        import_progress.check(actor, run)
