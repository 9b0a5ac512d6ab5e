"""Acts: the batches within reach, and the moves that wait for their day or a second person."""

from collections.abc import Sequence

import streamlit as st

from core.domain.permissions import Actor, Permission
from core.domain.words_lifecycle import KINDS, say_kind, say_reason
from core.services import batches, planned
from core.services.batches import BatchFilter, BatchRow
from core.text import _, language, show_moment, show_number
from core.ui import address, cache, feedback, plain, session
from core.ui.widgets import batch_waiting, import_acts, import_tables

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
    _show_pages(rows, first=before is None)


def _show_filter(actor: Actor, wanted: BatchFilter) -> None:
    kind, programme, own = st.columns([2, 2, 1.2], vertical_alignment="bottom")
    names = {one.code: one.name for one in cache.list_programmes(actor)}
    with kind:
        _pick(_("Act"), _KIND, {one: say_kind(one) for one in _OFFERED})
    with programme:
        _pick(_("Programme"), _PROGRAMME, names)
    key = "batches_own"
    session.remember(key, wanted.own)
    own.toggle(_("Only my own"), key=key, on_change=_take, args=(_OWN, key))


def _pick(label: str, name: str, options: dict[str, str]) -> None:
    key, value = f"batches_{name}_{language()}", address.read(name)
    session.remember(key, value if value in options else None)
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=lambda code: options.get(code, code),
        key=key,
        placeholder=_("All"),
        on_change=_take,
        args=(name, key),
    )


def _show_table(rows: Sequence[BatchRow]) -> None:
    heads = (_("When"), _("Act"), _("Programme"), _("By"), _("Reason"), _("How many"), _("Undone"))
    plain.show_table(
        heads,
        [
            [
                show_moment(row.recorded_at),
                plain.Link(say_kind(row.kind), "batch", (("id", str(row.uuid)),)),
                *_facts(row),
            ]
            for row in rows
        ],
    )
    with st.expander(_("This table as CSV, to copy")):
        lines = [[f"{row.recorded_at:%Y-%m-%d %H:%M}", row.kind, *_facts(row)] for row in rows]
        import_tables.show_csv(heads, lines)


def _facts(row: BatchRow) -> list[str]:
    return [
        row.programme or "",
        row.actor,
        say_reason(row.reason),
        say_number(row),
        _("yes, whole or in part") if row.undone else "",
    ]


def say_number(row: BatchRow) -> str:
    """Return how many a batch touched: enrolments moved, or people or households changed."""
    counts = row.counts
    if "moved" in counts:
        return show_number(int(counts["moved"]) + int(counts.get("carried", 0)))
    for name in ("changed", "people", "published", "rows", "households", "enrolments"):
        if isinstance(counts.get(name), int):
            return show_number(counts[name])
    return ""


def _show_pages(rows: Sequence[BatchRow], *, first: bool) -> None:
    with st.container(horizontal=True):
        if not first:
            st.button(_("Newest"), key="batches_newest", on_click=address.forget, args=(_BEFORE,))
        if len(rows) > _PAGE:
            st.button(
                _("Older"),
                key="batches_older",
                icon=":material/chevron_right:",
                on_click=address.change,
                args=({_BEFORE: [rows[_PAGE - 1].uuid]},),
            )
