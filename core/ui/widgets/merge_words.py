"""A merge in words: values, what speaks against it, and what it does."""

from collections.abc import Callable

import streamlit as st

from core.domain.fields import ATTRIBUTE_PREFIX, find_field
from core.domain.merging import STRONG, Choice, Doubt, Fate
from core.domain.words import label_code
from core.reports.timeline_words import say_value
from core.services.merging import Card, EnrolmentLine, HomeFate, MergePreview
from core.text import _, show_number

_DOUBTS: dict[Doubt, Callable[[], str]] = {
    Doubt.SEX: lambda: _("Their sex differs."),
    Doubt.BORN_APART: lambda: _("Their dates of birth lie years apart."),
    Doubt.NAMES_APART: lambda: _("Their names have nothing in common."),
    Doubt.BOTH_HEADS: lambda: _("Each is the head of a household."),
    Doubt.SAME_HOUSEHOLD: lambda: _("They are registered as two members of one household."),
    Doubt.TWO_NUMBERS: lambda: _("They carry different numbers of one type; both are kept."),
}


def say_name(name: str) -> str:
    """Return the name of a field or attribute."""
    if name.startswith(ATTRIBUTE_PREFIX):
        return name.removeprefix(ATTRIBUTE_PREFIX)
    return _(find_field(name).label)


def say_label(name: str) -> str:
    """Return a name for a widget, which would take what a file brought for markup."""
    return _("Other column") if name.startswith(ATTRIBUTE_PREFIX) else say_name(name)


def say_both(choice: Choice, found: MergePreview) -> tuple[str, str]:
    """Return the survivor's and the duplicate's value of a field."""
    if choice.name == "location":
        return _say_places(found.survivor), _say_places(found.duplicate)
    return _say_values(choice.name, choice.survivor), _say_values(choice.name, choice.duplicate)


def _say_places(card: Card) -> str:
    return " › ".join(card.places) or _("Place not assigned")


def _say_values(name: str, values: tuple[object, ...]) -> str:
    lead = say_value(name, values[0])
    if name == "birth_date" and values[1]:
        return f"{lead} ({label_code(str(values[1]))})"
    parts = " · ".join(str(part) for part in values[1:] if part)
    return f"{lead} ({parts})" if parts else lead


def say_statuses(line: EnrolmentLine) -> tuple[str, str]:
    """Return the survivor's and the duplicate's status in a programme."""
    own, other = (label_code(one) if one else "–" for one in (line.own_status, line.status))
    return own, other


def show_doubts(found: MergePreview) -> None:
    """Say what speaks against the two being one person, the strong loudest."""
    if found.doubts:
        words = "  \n".join(_DOUBTS[doubt]() for doubt in found.doubts)
        show = st.error if set(found.doubts) & STRONG else st.warning
        show(_("This speaks against their being one person:") + "  \n" + words)


def say_effects(found: MergePreview) -> list[tuple[str, str]]:
    """Return what will happen, as pairs of what it is about and a sentence."""
    stays, goes = found.survivor.number, found.duplicate.number
    pairs = [
        (
            _("Registration number"),
            _(
                "{duplicate} leads to {survivor} from then on, in every search and every file that"
                " brings it again.",
                duplicate=goes,
                survivor=stays,
            ),
        )
    ]
    if found.identifiers:
        told = ", ".join(f"{kind.replace('_', ' ')} {value}" for kind, value in found.identifiers)
        pairs.append((_("Identifiers"), _("{survivor} gets {what}.", survivor=stays, what=told)))
    for line in found.enrolments:
        name = line.programme
        if line.cycle != 1:
            name = _("{programme}, cycle {n}", programme=name, n=line.cycle)
        pairs.append((name, _say_fate(line, stays, goes)))
    if found.home is not HomeFate.NOTHING:
        pairs.append((_("Household"), _say_home(found)))
    return pairs


def _say_fate(line: EnrolmentLine, stays: str, goes: str) -> str:
    if line.of_household and line.fate is Fate.ENDS:
        return _("The household’s enrolment ends: nobody of it is enrolled any more.")
    if line.of_household:
        return (
            _("The household’s enrolment goes on; somebody else stands for it.")
            if line.fate is Fate.JOINS
            else _("The household’s former enrolment stays with the old record.")
        )
    if line.fate is Fate.JOINS:
        return _("{survivor} gets the enrolment of {duplicate}.", survivor=stays, duplicate=goes)
    if line.fate is Fate.STAYS:
        return _("The enrolment of {duplicate} has ended already.", duplicate=goes)
    kept, ended = (goes, stays) if line.fate is Fate.REPLACES else (stays, goes)
    status = line.status if line.fate is Fate.REPLACES else line.own_status
    return _(
        "Both are enrolled: the enrolment of {kept} goes on ({status}), that of {ended} ends as a"
        " duplicate.",
        kept=kept,
        ended=ended,
        status=label_code(status) if status else "–",
    )


def _say_home(found: MergePreview) -> str:
    words = {
        "survivor": found.survivor.number,
        "duplicate": found.duplicate.number,
        "household": found.duplicate.household or "",
    }
    if found.home is HomeFate.PASSES:
        return _("{survivor} takes the place of {duplicate} in {household}.", **words)
    if found.home is HomeFate.LEADS:
        said = _("{survivor} becomes the head of {household} in place of {duplicate}.", **words)
    else:
        said = _("{duplicate} leaves {household}.", **words)
    if found.sizes is None:
        return said + " " + _("Its recorded size stays as it is.")
    before, after = (show_number(size) for size in found.sizes)
    size = _("Its recorded size goes from {before} to {after}.", before=before, after=after)
    return f"{said} {size}"
