"""Acts on households in plain words: what may be told, what would happen, what was done."""

from collections.abc import Callable
from datetime import date

from core.domain.households import Fate, Kind
from core.domain.words import label_code
from core.services.households import Coming, Effect, Preview, Receipt
from core.text import _, show_date, show_number
from core.ui import plain
from core.ui.widgets.amounts import say_people
from core.ui.widgets.household_act_forms import Wish

_WISHES: dict[Wish, Callable[[], str]] = {
    Wish.MOVED: lambda: _("The household lives in another place"),
    Wish.JOINED: lambda: _("Members went to another household"),
    Wish.LEFT: lambda: _("Members left or died"),
    Wish.FOUNDED: lambda: _("Members founded a household of their own"),
    Wish.SAME: lambda: _("It is the same household as another one"),
    Wish.HEAD: lambda: _("Somebody else is the head"),
}
_DONE: dict[Kind, Callable[[], str]] = {
    Kind.MOVE: lambda: _("The household has moved."),
    Kind.JOIN: lambda: _("They live in the other household now."),
    Kind.LEAVE: lambda: _("They do not live in the household any more."),
    Kind.SPLIT: lambda: _("The new household is founded."),
    Kind.MERGE: lambda: _("The two households are one now."),
    Kind.HEAD: lambda: _("The household has another head."),
}


_GRAVE = (Fate.ENDS, Fate.FULL, Fate.BEGINS, Fate.PASSES, Fate.HOLDER, Fate.STAYS)


def say_wish(wish: str) -> str:
    return _WISHES[Wish(wish)]()


def say_done(done: Receipt) -> str:
    return _DONE[done.kind]()


def say_other(done: Receipt) -> str:
    """Return what the household that an act leads to is called."""
    return _("The new household") if done.kind is Kind.SPLIT else _("The other household")


def show_preview(found: Preview, on: date) -> None:
    """Say with names and numbers what an act would do."""
    plain.show_text(_say_act(found, on))
    if found.relocated:
        plain.show_text(_say_relocated(found))
    if found.members:
        plain.show_table(
            [_("Name"), _("Number"), _("What changes")],
            [
                [one.member.name, one.member.number, _say_coming(found, one)]
                for one in found.members
            ],
        )
    told = found.kind is Kind.SPLIT
    effects = [one for one in found.effects if told or one.fate is not Fate.STAYS]
    if effects:
        plain.show_table(
            [_("Programme"), _("Status"), _("What becomes of it")],
            [
                [_say_programme(one), label_code(one.status), _say_fate(found, one)]
                for one in sorted(effects, key=_first_what_matters)
            ],
        )
    else:
        plain.show_text(_("No enrolment changes."), faint=True)
    if found.hidden:
        plain.show_text(
            _(
                "Enrolments in programmes that you do not look after change too: {n}.",
                n=show_number(found.hidden),
            ),
            faint=True,
        )


def _first_what_matters(one: Effect) -> tuple[int, str, int]:
    """What ends or is not granted stands above what begins, and what stays below."""
    return _GRAVE.index(one.fate), one.programme, one.cycle


def _say_act(found: Preview, on: date) -> str:
    leaving = sum(one.leaves for one in found.members)
    values: dict[str, object] = {
        "people": say_people(leaving),
        "number": found.home.number,
        "day": show_date(on),
        "other": found.other.number if found.other else "",
    }
    sentences: dict[Kind, Callable[[], str]] = {
        Kind.MOVE: lambda: _("The household {number} moves on {day}.", **values),
        Kind.JOIN: lambda: _(
            "Leaving the household {number} for the household {other} on {day}: {people}.", **values
        ),
        Kind.LEAVE: lambda: _(
            "Leaving the household {number} without joining another one on {day}: {people}.",
            **values,
        ),
        Kind.SPLIT: lambda: _(
            "Leaving the household {number} for a new one of their own on {day}: {people}.",
            **values,
        ),
        Kind.MERGE: lambda: _(
            "The household {number} goes over to the household {other}, which stays, on {day}: "
            "{people}.",
            **values,
        ),
        Kind.HEAD: lambda: _("The household {number} gets another head on {day}.", **values),
    }
    return sentences[found.kind]()


def _say_relocated(found: Preview) -> str:
    to = found.place or (found.other.place if found.other else None) or found.home.place
    return _(
        "Changing their place from {before} to {after}: {people}.",
        before=found.home.place,
        after=to,
        people=say_people(found.relocated),
    )


def _say_coming(found: Preview, one: Coming) -> str:
    said = []
    if one.leaves and found.kind is Kind.LEAVE:
        said.append(_("leaves the household"))
    elif one.leaves:
        joined = one.household
        said.append(
            _("joins the household {number}", number=joined)
            if joined
            else _("joins the new household")
        )
        said.append(_say_role(one))
    elif one.leads:
        said.append(_("becomes the head of the household {number}", number=found.home.number))
    else:
        said.append(_say_role(one))
    return ", ".join(said)


def _say_role(one: Coming) -> str:
    if one.leads:
        return _("becomes the head")
    if one.relationship is None:
        return _("relationship to the head: unknown")
    return _("relationship to the head: {word}", word=label_code(one.relationship))


def _say_programme(one: Effect) -> str:
    if one.cycle == 1:
        return one.programme
    return _("{programme}, cycle {number}", programme=one.programme, number=str(one.cycle))


def _say_fate(found: Preview, one: Effect) -> str:
    number, holder = one.household or "", one.holder or ""
    words: dict[Fate, Callable[[], str]] = {
        Fate.HOLDER: lambda: _(
            "{holder} stands for the household {number}", holder=holder, number=number
        ),
        Fate.PASSES: lambda: _("goes over to the household {number}", number=number),
        Fate.ENDS: lambda: _(
            "ends as a duplicate: the household {number} has a place already",
            number=found.other.number if found.other else "",
        ),
        Fate.BEGINS: lambda: (
            _("the household {number} is enrolled", number=number)
            if number
            else _("the new household is enrolled")
        ),
        Fate.FULL: lambda: _("the new household is not enrolled: no free place"),
        Fate.STAYS: lambda: _("stays with the household {number}", number=number),
    }
    return words[one.fate]()
