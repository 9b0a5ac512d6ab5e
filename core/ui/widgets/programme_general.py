"""The everyday parts of a programme: its name, dates, unit and places; households; exits."""

from datetime import date

import streamlit as st

from core.domain.lifecycle import LONGEST_REASON, HouseholdRule
from core.domain.programme_design import HOUSEHOLD, LONGEST_NAME, MOST_PLACES, UNITS
from core.services.programmes import DECIDERS
from core.text import _, show_number
from core.ui import plain
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_words import RULES, say_exit_reasons
from core.ui.widgets.programme_words import UNITS as UNIT_WORDS

_EARLIEST, _LATEST = date(1950, 1, 1), date(2199, 12, 31)


def show_general(draft: Draft) -> None:
    """Ask for the name, the dates, the unit, the places, and whether a second person decides."""
    now, key = draft.document, draft.key
    name = st.text_input(_("Name"), now["name"], LONGEST_NAME, key=f"{key}_name")
    draft.keep("name", name)
    left, middle, right = st.columns(3)
    with left:
        draft.keep("starts", _ask_day(_("Starts on"), now["starts"], f"{key}_starts"))
    with middle:
        draft.keep("ends", _ask_day(_("Ends on"), now["ends"], f"{key}_ends"))
    capacity = right.number_input(
        _("Capacity: places for those who are active"),
        1,
        MOST_PLACES,
        now["capacity"],
        1,
        key=f"{key}_capacity",
        placeholder=_("No limit"),
    )
    draft.keep("capacity", None if capacity is None else int(capacity))
    unit = left.selectbox(
        _("What it enrols"),
        UNITS,
        index=UNITS.index(now["unit"]),
        format_func=lambda one: UNIT_WORDS[one](),
        key=f"{draft.choice}_unit",
        disabled=draft.seen.enrolled,
        help=_("It is settled once somebody is enrolled.") if draft.seen.enrolled else None,
    )
    draft.keep("unit", unit)
    if unit == HOUSEHOLD:
        draft.keep("household_rule", HouseholdRule.NONE.value)
    _show_approval(draft)


def _ask_day(label: str, now: str | None, key: str) -> str | None:
    day = st.date_input(
        label,
        date.fromisoformat(now) if now else None,
        _EARLIEST,
        _LATEST,
        key=key,
        format="DD/MM/YYYY",
    )
    return day.isoformat() if isinstance(day, date) else None


def _show_approval(draft: Draft) -> None:
    few = draft.seen.deciders < DECIDERS and not draft.document["approval"]
    approval = st.checkbox(
        _("Every move waits for a second person who approves it"),
        draft.document["approval"],
        key=f"{draft.key}_approval",
        disabled=few,
    )
    draft.keep("approval", bool(approval))
    plain.show_text(
        _(
            "People who may decide about moves of this programme: {n}. At least {least} are"
            " needed.",
            n=show_number(draft.seen.deciders),
            least=DECIDERS,
        ),
        faint=True,
    )


def show_households(draft: Draft) -> None:
    """Ask what the move of one does to the household, each rule with what it means."""
    if draft.document["unit"] == HOUSEHOLD:
        st.info(
            _(
                "This programme enrols households: a household has one status and moves as one."
                " There is nothing to choose."
            )
        )
        return
    rules = list(RULES)
    chosen = st.radio(
        _("When a person moves to another status"),
        rules,
        index=rules.index(HouseholdRule(draft.document["household_rule"])),
        format_func=lambda rule: RULES[rule][0](),
        captions=[explain() for _title, explain in RULES.values()],
        key=f"{draft.choice}_rule",
    )
    draft.keep("household_rule", HouseholdRule(chosen or HouseholdRule.NONE).value)
    plain.show_text(
        _(
            "With any but the first, households have a status of their own beside their members’:"
            " it begins as the head’s. Only moves that the programme allows are carried along. An"
            " exit carries nobody; where the household follows, it ends when all its members have."
        ),
        faint=True,
    )


def show_exits(draft: Draft) -> None:
    """Ask for the reasons of exits."""
    plain.show_text(
        _(
            "An exit ends an enrolment, beside the four statuses; its reason must be one of these."
            " Whose exit is allowed stands among the moves, as those to “Ended”."
        ),
        faint=True,
    )
    typed = st.text_area(
        _("Reasons of exits, one on each line"),
        "\n".join(draft.document["exit_reasons"]),
        key=f"{draft.key}_exit_reasons",
        height=200,
        placeholder=_("Nothing here means the usual reasons"),
        help=_("What is written here replaces the usual reasons: write those that stay, too."),
    )
    draft.keep("exit_reasons", read_lines(typed))
    plain.show_text(
        _("In force now: {reasons}", reasons=say_exit_reasons(draft.seen.design)), faint=True
    )


def read_lines(typed: str) -> list[str]:
    """Return the filled lines of a text, each once and none too long."""
    lines = (line.strip()[:LONGEST_REASON] for line in typed.splitlines())
    return list(dict.fromkeys(line for line in lines if line))
