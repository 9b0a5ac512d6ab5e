"""Acts: the batches within reach, and the moves that wait for their day or a second person."""

from collections.abc import Sequence

import streamlit as st

from core.domain.permissions import Actor, Permission
from core.domain.words_lifecycle import KINDS, say_kind, say_reason
from core.services import batches, planned
from core.services.batches import BatchFilter, BatchRow
from core.text import _, language, show_moment, show_number
from core.ui import address, cache, feedback, plain, session
from core.ui.widgets import batch_waiting, import_acts, import_tables, pager, pickers
from core.ui.widgets.batch_words import say_number, say_original, say_undone

_VIEW, _KIND, _PROGRAMME, _OWN, _BEFORE = "view", "kind", "programme", "own", "before"
_DONE, _PLANNED = "done", "planned"
_PAGE = 25
_OFFERED = tuple(kind for kind in KINDS if kind not in ("transition.undo", "demo"))


def show(actor: Actor) -> None:
    """Show the acts that the address asks for."""
    with feedback.errors_shown():
        import_acts.show_fault()
        uuid = address.read_uuid(batch_waiting.ORDER)
        if uuid is not None:
            batch_waiting.show_order(actor, uuid)
            import_acts.finish()
            return
        st.title(_("Acts"))
        if _choose_view(actor) == _PLANNED:
            batch_waiting.show_waiting(actor)
        else:
            _show_done(actor)
        import_acts.finish()


def _choose_view(actor: Actor) -> str:
    """Return whether done or planned acts are shown; not everybody has that choice."""
    if not (actor.allows(Permission.TRANSITION) or actor.allows(Permission.APPROVE)):
        return _DONE
    waiting = len(planned.list_waiting(actor))
    words = {
        _DONE: _("Done"),
        _PLANNED: _("Planned or waiting for approval ({n})", n=show_number(waiting)),
    }
    key, wanted = f"batches_view_{language()}", address.read(_VIEW)
    wanted = wanted if wanted in words else _DONE
    session.remember(key, wanted)
    st.segmented_control(
        _("Which acts"),
        list(words),
        format_func=words.__getitem__,
        key=key,
        on_change=_take,
        args=(_VIEW, key),
        label_visibility="collapsed",
    )
    return wanted


def _take(name: str, key: str) -> None:
    chosen = session.recall(key)
    value = [] if chosen in (None, False, _DONE) else ["1" if chosen is True else chosen]
    address.change({name: value, _BEFORE: []})


def _show_done(actor: Actor) -> None:
    wanted = BatchFilter(
        kind=address.read(_KIND) or None,
        programme=address.read(_PROGRAMME) or None,
        own=bool(address.read(_OWN)),
    )
    _show_filter(actor, wanted)
    before = address.read_uuid(_BEFORE)
    rows = batches.list_batches(actor, wanted, _PAGE + 1, before)
    if not rows:
        st.info(
            _("Nothing older.")
            if before
            else _("No act fits this.")
            if wanted != BatchFilter()
            else _("Nothing has been done yet in the areas and programmes you look after.")
        )
    else:
        _show_table(rows[:_PAGE])
    if before is not None or len(rows) > _PAGE:
        pager.show_ways(
            "batches",
            back={_BEFORE: []} if before else None,
            on={_BEFORE: [rows[_PAGE - 1].uuid]} if len(rows) > _PAGE else None,
            first=_("Newest"),
            then=_("Older"),
        )


def _show_filter(actor: Actor, wanted: BatchFilter) -> None:
    kind, programme, own = st.columns([2, 2, 1.2], vertical_alignment="bottom")
    names = {one.code: one.name for one in cache.list_programmes(actor)}
    prefix = f"batches_{language()}"
    with kind:
        acts = {one: say_kind(one) for one in _OFFERED}
        pickers.pick_one(_("Act"), _KIND, acts, prefix, (_BEFORE,))
    with programme:
        pickers.pick_one(_("Programme"), _PROGRAMME, names, prefix, (_BEFORE,))
    key = "batches_own"
    session.remember(key, wanted.own)
    own.toggle(_("Only my own"), key=key, on_change=_take, args=(_OWN, key))


def _show_table(rows: Sequence[BatchRow]) -> None:
    heads = (_("When"), _("Act"), _("Programme"), _("By"), _("Reason"), _("How many"), _("Undone"))
    plain.show_table(
        heads, [[show_moment(row.recorded_at), _link(row), *_facts(row)] for row in rows]
    )
    with st.expander(_("This table as CSV, to copy")):
        lines = [[f"{row.recorded_at:%Y-%m-%d %H:%M}", _say_act(row), *_facts(row)] for row in rows]
        import_tables.show_csv(heads, lines)


def _link(row: BatchRow) -> plain.Cell:
    links = [plain.Link(say_kind(row.kind), "batch", (("id", str(row.uuid)),))]
    if row.original is not None:
        links.append(plain.Link(say_original(row), "batch", (("id", str(row.original.batch)),)))
    return plain.Cell("", links=tuple(links))


def _say_act(row: BatchRow) -> str:
    return " ".join(said for said in (say_kind(row.kind), say_original(row)) if said)


def _facts(row: BatchRow) -> list[str]:
    return [
        row.programme or "",
        row.actor,
        say_reason(row.reason),
        say_number(row),
        say_undone(row),
    ]
