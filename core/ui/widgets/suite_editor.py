"""The page of validation rules: the rules in force, a draft of changes, a trial, the versions.

The address holds the suite and the rule; the draft is this tab's until it is saved as a version.
"""

import copy
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.domain.permissions import Actor
from core.etl.rules.suite import Suite, make_suite
from core.services import suites
from core.services.suites import BASE, SuiteView
from core.text import _, language, show_moment, show_number
from core.ui import address, feedback, plain, session
from core.ui.widgets import suite_trial
from core.ui.widgets.suite_form import Item, RuleForm
from core.ui.widgets.suite_words import SEVERITIES, say_column, say_rule, say_suite

_NEW = "new"


@dataclass(frozen=True)
class _Desk:
    """What somebody works on: a suite in force, and its document with the changes so far."""

    actor: Actor
    view: SuiteView
    document: Mapping[str, Any]

    @property
    def suite(self) -> Suite:
        return make_suite(self.document)

    @property
    def changed(self) -> bool:
        return self.document != self.view.suite.document

    @property
    def key(self) -> str:
        return f"{_draft_key(self.view.name)}_{self.view.version}"

    def items(self) -> list[Item]:
        """A copy of the rules as they stand in the document."""
        return copy.deepcopy(list(self.document["expectations"]))

    def keep(self, **parts: object) -> None:
        """Check the document with changed parts and keep it as the draft; SuiteError if wrong."""
        document = {**self.document, **parts}
        suites.lint(self.actor, json.dumps(document))
        session.remember(_draft_key(self.view.name), (self.view.version, document))


def _draft_key(name: str) -> str:
    return f"rules_{name}"


def show(actor: Actor) -> None:
    """Show the rules of one suite and what can be done with them."""
    st.title(_("Validation rules"))
    plain.show_text(
        _(
            "Every row of a file is checked for these before it is published. Administrators"
            " change them, for all imports from then on; who imports files sees what they find."
        ),
        faint=True,
    )
    with feedback.errors_shown():
        desk = _open(actor)
        _show_draft(desk)
        # The long table stands below what one does with it.
        _show_rule(desk)
        suite_trial.show_trial(desk.actor, desk.document, desk.key)
        _show_rules(desk)
        _show_versions(desk)


def _open(actor: Actor) -> _Desk:
    names = suites.list_names(actor)
    at = address.read("suite") or BASE
    chosen = st.selectbox(
        _("Rules for"),
        names,
        index=names.index(at) if at in names else 0,
        format_func=say_suite,
        key=f"rules_suite_{language()}",
    )
    if chosen != at:
        address.change({"suite": [chosen], "rule": []})
    view = suites.describe(actor, chosen)
    version, document = session.recall(_draft_key(chosen)) or (view.version, None)
    if document is not None and version != view.version:
        st.warning(_("Somebody has saved these rules in between; your changes were put aside."))
        session.forget(_draft_key(chosen))
        document = None
    return _Desk(actor, view, document or view.suite.document)


def _say_version(view: SuiteView) -> str:
    if view.made_at is None:
        return _("As shipped with the program")
    return _(
        "Version {n} · {who} · {when} · {note}",
        n=view.version,
        who=view.made_by,
        when=show_moment(view.made_at),
        note=view.note,
    )


def _show_draft(desk: _Desk) -> None:
    """Show what is in force, and save or put aside the changes."""
    plain.show_text(_("In force: {version}", version=_say_version(desk.view)))
    if not desk.changed:
        return
    st.info(_("Your changes are not in force yet. Try them on a file, then save them."))
    with st.form("rules_save", border=False):
        note = st.text_input(_("What has changed, and why"), max_chars=500, key=f"{desk.key}_note")
        left, right, _rest = st.columns([2, 2, 5])
        saved = left.form_submit_button(_("Save as new version"), type="primary", width="stretch")
        dropped = right.form_submit_button(_("Put the changes aside"), width="stretch")
    if saved:
        version = suites.save_version(desk.actor, desk.document, note, desk.view.version)
        session.flash(_("Version {n} is in force from now on.", n=version))
    if saved or dropped:
        session.forget(_draft_key(desk.view.name))
        address.forget("rule")
        st.rerun()


def _lines(suite: Suite) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            rule.rule,
            say_column(rule.column),
            say_rule(rule),
            SEVERITIES[rule.severity](),
            rule.messages[language()],
        )
        for rule in suite.expectations
    ]


def _show_rules(desk: _Desk) -> None:
    st.subheader(_("All rules"))
    heads = (_("Rule"), _("Column"), _("What it asks"), _("If broken"), _("What is said"))
    lines = _lines(desk.suite)
    if not lines:
        st.info(_("There are no rules yet. Add the first one above."))
        return
    plain.show_table(heads, lines, caption=_("{n} rules", n=show_number(len(lines))))
    with st.expander(_("The rules to copy: as a table, and as a file of this program")):
        table = io.StringIO()
        csv.writer(table).writerows([heads, *lines])
        plain.show_lines(table.getvalue())
        plain.show_lines(json.dumps(desk.document, ensure_ascii=False, indent=1))


def _show_rule(desk: _Desk) -> None:
    """Offer to change, remove or add a rule."""
    items = desk.items()
    names = [item["meta"]["rule"] for item in items]
    at = address.read("rule")
    options = ["", _NEW, *names]
    st.subheader(_("Change the rules"))
    words = {"": _("Choose a rule"), _NEW: _("Add a rule")}
    chosen = st.selectbox(
        _("Rule to change"),
        options,
        index=options.index(at) if at in options else 0,
        format_func=lambda name: words.get(name, name),
        key=f"{desk.key}_rule_{language()}",
    )
    if chosen != at:
        address.change({"rule": [chosen] if chosen else []})
    if not chosen:
        return
    with st.container(border=True):
        position = names.index(chosen) if chosen in names else None
        _show_form(desk, items, position)


def _show_form(desk: _Desk, items: list[Item], position: int | None) -> None:
    old = items[position] if position is not None else {}
    key = f"{desk.key}_{old['meta']['rule'] if old else _NEW}"
    name = ""
    attributes = dict(desk.suite.attributes)
    if position is None:
        name = st.text_input(
            _("Short name of the rule: small letters, digits and _"),
            max_chars=60,
            key=f"{key}_name",
        )
        attributes |= _show_attribute(key)
    with feedback.errors_shown():
        made = RuleForm(old, attributes, key).show()
        left, right, _rest = st.columns([2, 2, 5])
        if left.button(_("Keep this change"), key=f"{key}_keep", type="primary", width="stretch"):
            made["meta"]["rule"] = made["meta"]["rule"] or name.strip()
            place = len(items) if position is None else position
            _keep(desk, [*items[:place], made, *items[place + 1 :]], attributes)
        if position is not None and right.button(
            _("Remove the rule"), key=f"{key}_remove", width="stretch"
        ):
            _keep(desk, [*items[:position], *items[position + 1 :]], attributes)


def _show_attribute(key: str) -> dict[str, str]:
    """Ask for a column of the files' own that a new rule is to look at."""
    left, right = st.columns(2)
    name = left.text_input(
        _("About a column of your own? Its name as an attribute"),
        placeholder=_("none: a column of the registry"),
        key=f"{key}_attribute",
    )
    kinds = {"text": _("Text"), "number": _("Number"), "date": _("Date")}
    kind = right.selectbox(
        _("It holds"),
        list(kinds),
        format_func=kinds.__getitem__,
        key=f"{key}_attribute_kind_{language()}",
    )
    return {name.strip(): str(kind)} if name.strip() else {}


def _keep(desk: _Desk, items: Sequence[Item], attributes: Mapping[str, str]) -> None:
    meta = {"meta": {"attributes": dict(attributes)}} if attributes else {}
    desk.keep(expectations=list(items), **meta)
    address.forget("rule")
    st.rerun()


def _show_versions(desk: _Desk) -> None:
    found = suites.list_versions(desk.actor, desk.view.name)
    if len(found) < 2:
        return
    st.subheader(_("Earlier versions"))
    for view in found[1:]:
        left, right = st.columns([8, 2], vertical_alignment="center")
        with left:
            plain.show_text(_say_version(view))
        if right.button(
            _("Put in force again"),
            key=f"{desk.key}_restore_{view.version}",
            width="stretch",
        ):
            suites.restore(desk.actor, view.name, view.version, desk.view.version)
            session.forget(_draft_key(view.name))
            session.flash(_("The earlier rules are in force again, as a new version."))
            st.rerun()
