"""The imports of one person, drafts and published ones: found by state and name, a page at a time.

The address holds filters and page, in names of its own: a run that is opened from here has its
own pages, and leaving it comes back to the same place.
"""

from collections.abc import Callable

import streamlit as st

from core.domain.permissions import Actor
from core.models import RunState
from core.services import imports
from core.services.imports import RunFilter, RunKind, RunView
from core.text import _, show_moment
from core.ui import address, plain, session
from core.ui.widgets import import_acts, pager
from core.ui.widgets.run_words import say_file, say_state

_PAGE = 10
_KIND, _NAME, _AT = "list", "file", "from"
_CHOSEN, _TYPED, _ASKED = "import_list_kind", "import_list_name", "import_list_discard"
_DISCARDABLE = (RunState.DRAFT, RunState.CHECKED, RunState.FAILED)
_KINDS: dict[str, Callable[[], str]] = {
    "": lambda: _("All"),
    RunKind.DRAFT: lambda: _("Not published"),
    RunKind.PUBLISHED: lambda: _("Published"),
    RunKind.REWOUND: lambda: _("Taken back"),
}


def show_list(actor: Actor) -> None:
    """Show the runs that the address asks for; nothing to somebody who has none at all."""
    wanted = _read_filter()
    at = max(address.read_number(_AT) or 0, 0)
    runs, total = imports.find_runs(actor, wanted, _PAGE, at)
    if not total and wanted == RunFilter():
        return
    st.subheader(_("Your imports"))
    _show_filter(wanted)
    if not runs:
        st.info(_("No import fits this."))
        st.button(_("Show all"), key="import_list_all", on_click=_show_all)
        return
    for run in runs:
        _show_run(actor, run)
    pager.show_pages(pager.Span(at, len(runs), total, _PAGE), _AT)


def _read_filter() -> RunFilter:
    kind = address.read(_KIND)
    return RunFilter(RunKind(kind) if kind in set(RunKind) else None, address.read(_NAME).strip())


def _show_filter(wanted: RunFilter) -> None:
    session.remember(_CHOSEN, str(wanted.kind or ""))
    session.remember(_TYPED, wanted.name)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.segmented_control(
        _("State"),
        list(_KINDS),
        format_func=lambda kind: _KINDS[kind](),
        key=_CHOSEN,
        on_change=_take_filter,
        label_visibility="collapsed",
    )
    right.text_input(
        _("File name"),
        placeholder=_("Part of the file’s name"),
        key=_TYPED,
        max_chars=100,
        on_change=_take_filter,
        label_visibility="collapsed",
    )


def _take_filter() -> None:
    kind, name = session.recall(_CHOSEN), str(session.recall(_TYPED) or "").strip()
    # A second click on the chosen state takes the choice away: that means all of them.
    address.change({_KIND: [kind] if kind else [], _NAME: [name] if name else [], _AT: []})


def _show_all() -> None:
    address.forget(_KIND, _NAME, _AT)


def _show_run(actor: Actor, run: RunView) -> None:
    what, state, when, acts = st.columns([4, 3, 2, 2], vertical_alignment="center")
    with what:
        plain.show_text(say_file(run))
    with state:
        said = _("rewound") if run.rewound else say_state(run.state)
        plain.show_text(f"{run.programme} · {said}")
    with when:
        plain.show_text(show_moment(run.created_at), faint=True)
    with acts, st.container(horizontal=True, horizontal_alignment="right"):
        if run.state in _DISCARDABLE:
            st.button(
                "",
                icon=":material/delete:",
                help=_("Discard this import"),
                key=f"discard_{run.uuid}",
                on_click=session.remember,
                args=(_ASKED, run.uuid),
            )
        st.button(
            _("Open"), key=f"run_{run.uuid}", on_click=address.change, args=({"run": [run.uuid]},)
        )
    if session.recall(_ASKED) == run.uuid and run.state in _DISCARDABLE:
        _ask(actor, run)


def _ask(actor: Actor, run: RunView) -> None:
    with st.container(border=True):
        plain.show_noted(
            _("Discard “{file}”?", file=run.file_name),
            _("Its file, its corrections and the rows it holds back are deleted for good."),
        )
        with st.container(horizontal=True):
            sure = import_acts.button(_("Yes, discard it"), "import_discard", type="primary")
            st.button(_("Cancel"), key="discard_no", on_click=session.forget, args=(_ASKED,))
    if sure:
        session.forget(_ASKED)
        import_acts.do(lambda: _discard(actor, run))


def _discard(actor: Actor, run: RunView) -> None:
    imports.discard(actor, run.uuid)
    session.flash(_("“{file}” is discarded.", file=run.file_name))
