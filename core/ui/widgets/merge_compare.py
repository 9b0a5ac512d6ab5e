"""Two records side by side: which stays, whose value counts, what happens; then the merge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import streamlit as st

from core.domain.merging import Choice, Fate, Side
from core.domain.permissions import Actor
from core.errors import InvalidInput
from core.services import merging
from core.services.merging import Card, EnrolmentLine, MergePreview, Wish
from core.text import _, language, show_date, speak
from core.ui import address, cache, plain, session
from core.ui.widgets import import_acts, merge_words

_KEEP, _PLACE = "keep", "merge"
_COLUMNS = [2, 3, 3, 2]


def show(actor: Actor, one: UUID, other: UUID) -> None:
    """Show two records, what merging them would do, and the button that does it."""
    stays = _choose_survivor(actor, one, other)
    memory = f"merge_taken_{one}_{other}"
    taken: Mapping[str, UUID] = session.recall(memory) or {}
    sides = {name: Side.SURVIVOR if who == stays else Side.DUPLICATE for name, who in taken.items()}
    wish = Wish(stays, other if stays == one else one, sides)
    try:
        found = cache.preview_merge(actor, wish)
    except InvalidInput:
        session.forget(memory)  # what was open to choice then is not any more
        raise
    cards = (found.survivor, found.duplicate)
    left, right = cards if found.survivor.uuid == one else cards[::-1]
    _show_cards(left, right, stays)
    merge_words.show_doubts(found)
    _show_choices(found, left, right, memory)
    st.subheader(_("What will happen"))
    plain.show_pairs(merge_words.say_effects(found))
    _show_act(actor, wish, found)


def _choose_survivor(actor: Actor, one: UUID, other: UUID) -> UUID:
    wanted = address.read_uuid(_KEEP)
    return wanted if wanted in (one, other) else cache.propose_survivor(actor, one, other)


def _show_cards(left: Card, right: Card, stays: UUID) -> None:
    """Show who the two are, and have one chosen to stay."""
    for place, card, title in zip(
        st.columns(2), (left, right), (_("Record 1"), _("Record 2")), strict=True
    ):
        with place, st.container(border=True):
            st.caption(title)
            plain.show_heading(card.name, _say_card(card), level=3)
    key = f"merge_keep_{language()}_{left.uuid}_{right.uuid}"
    numbers = {left.uuid: left.number, right.uuid: right.number}
    st.radio(
        _("Which record stays?"),
        list(numbers),
        index=list(numbers).index(stays),
        format_func=lambda uuid: _say_record(uuid == left.uuid, numbers[uuid]),
        horizontal=True,
        key=key,
        on_change=lambda: address.change({_KEEP: [session.recall(key)]}),
        help=_("The other number leads to it from then on. The older record is proposed."),
    )


def _say_card(card: Card) -> str:
    home = ""
    if card.household and card.is_head:
        home = _("head of household {number}", number=card.household)
    elif card.household:
        home = _("household {number}", number=card.household)
    registered = _("registered on {day}", day=show_date(card.registered_on))
    parts = (card.number, registered, " › ".join(card.places), home)
    return " · ".join(part for part in parts if part)


def _say_record(first: bool, number: str) -> str:
    return f"{_('Record 1') if first else _('Record 2')} · {number}"


def _show_choices(found: MergePreview, left: Card, right: Card, memory: str) -> None:
    st.subheader(_("Whose value counts?"))
    st.caption(
        _(
            "Proposed is what is filled over what is empty, the fuller name, the more exact date of"
            " birth, and else what was recorded last."
        )
    )
    turned = found.survivor.uuid == right.uuid
    rows = [
        _Row(
            one.name,
            merge_words.say_name(one.name),
            merge_words.say_label(one.name),
            _turn(merge_words.say_both(one, found), turned),
            found.survivor.uuid if one.taken is Side.SURVIVOR else found.duplicate.uuid,
        )
        for one in found.choices
        if one.open
    ] + [_row_of(line, found, turned) for line in found.enrolments if line.open]
    if rows:
        heads = ("", _("Record 1"), _("Record 2"), _("Counts"))
        for place, head in zip(st.columns(_COLUMNS), heads, strict=True):
            place.caption(head)
    for row in rows:
        _show_row(row, left.uuid, right.uuid, memory)
    if not rows:
        st.markdown(_("The two never disagree: nothing is to be chosen."))
    if found.hidden:
        st.caption(_("Sensitive fields, which your access level hides, go by the same proposal."))
    _show_rest(found, turned)


@dataclass(frozen=True)
class _Row:
    """One choice: both values from left to right, and the record whose value counts now. `label`
    is for a widget, `words` may hold what a file brought."""

    name: str
    words: str
    label: str
    values: tuple[str, str]
    taken: UUID


def _row_of(line: EnrolmentLine, found: MergePreview, turned: bool) -> _Row:
    replaces = line.fate is Fate.REPLACES
    return _Row(
        line.name,
        _("Status in {programme}", programme=line.programme),
        _("Status"),
        _turn(merge_words.say_statuses(line), turned),
        found.duplicate.uuid if replaces else found.survivor.uuid,
    )


def _turn(pair: tuple[str, str], turned: bool) -> tuple[str, str]:
    """Return the values of survivor and duplicate as those of the left and the right record."""
    return (pair[1], pair[0]) if turned else pair


def _show_row(row: _Row, left: UUID, right: UUID, memory: str) -> None:
    """Show one field with both values, and have the record chosen whose value counts."""
    places = st.columns(_COLUMNS, vertical_alignment="center")
    for place, text in zip(places[:3], (row.words, *row.values), strict=True):
        with place:
            plain.show_text(text)
    key = f"merge_of_{language()}_{left}_{right}_{row.taken}_{row.name}"
    places[3].radio(
        _("{field}: which record counts?", field=row.label),
        [left, right],
        index=0 if row.taken == left else 1,
        format_func=lambda uuid: _("Record 1") if uuid == left else _("Record 2"),
        key=key,
        label_visibility="collapsed",
        horizontal=True,
        on_change=_take,
        args=(memory, row.name, key),
    )


def _take(memory: str, name: str, key: str) -> None:
    taken: Mapping[str, UUID] = session.recall(memory) or {}
    session.remember(memory, {**taken, name: session.recall(key)})


def _show_rest(found: MergePreview, turned: bool) -> None:
    """Show what needs no choice: both agree, or one alone is filled."""
    rest: Sequence[Choice] = [one for one in found.choices if not one.open]
    if not rest:
        return
    with st.expander(_("What needs no choice ({n})", n=len(rest))):
        rows = [
            (merge_words.say_name(one.name), *_turn(merge_words.say_both(one, found), turned))
            for one in rest
        ]
        plain.show_table((_("Field"), _("Record 1"), _("Record 2")), rows)


def _show_act(actor: Actor, wish: Wish, found: MergePreview) -> None:
    for words in found.blockers:
        st.error(speak(words))
    if found.blockers:
        _show_cancel(found)
        return
    gone, stays = found.duplicate.number, found.survivor.number
    label = _("Reason (needed here)") if found.sure else _("Reason")
    reason = st.text_input(label, key="merge_reason", max_chars=merging.LONGEST_REASON)
    typed = gone
    if found.sure:
        ask = _("To confirm, type the number that goes: {number}", number=gone)
        typed = st.text_input(ask, key=f"merge_typed_{gone}")
    import_acts.show_refusal(_PLACE)
    act = _("Merge {duplicate} into {survivor}", duplicate=gone, survivor=stays)
    with st.container(horizontal=True, vertical_alignment="center"):
        sure = import_acts.button(act, "merge_act", type="primary", icon=":material/call_merge:")
        _show_cancel(found)
    if sure:
        if typed.strip().upper() != gone or (found.sure and not reason.strip()):
            import_acts.refuse(_("Give a reason, and type the number as it stands."), _PLACE)
        with st.spinner(_("Merging …")):
            import_acts.do(lambda: _merge(actor, wish, found, reason))


def _show_cancel(found: MergePreview) -> None:
    """Show the way out: back to the person, with nothing done."""
    address.show_open("beneficiary", _("Cancel"), {"id": str(found.survivor.uuid)})


def _merge(actor: Actor, wish: Wish, found: MergePreview, reason: str) -> None:
    done = merging.merge(actor, wish, found.stamp, reason)
    address.change({"a": [done.survivor], "b": [], _KEEP: [], "done": [done.batch]})
    session.flash(
        _(
            "{duplicate} has been merged into {survivor}.",
            duplicate=done.duplicate_number,
            survivor=done.number,
        )
    )
