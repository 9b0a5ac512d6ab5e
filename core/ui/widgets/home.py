"""Home, "my work today": what waits for me, how many people there are, and the first steps."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Status
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.reports.charts import status_bars
from core.services import imports, notices, quarantine
from core.services.notices import NoticeView
from core.text import _, show_moment, show_number, speak
from core.ui import address, cache, feedback, plain
from core.ui.widgets import graduation_line
from core.ui.widgets.amounts import say_rows, say_total
from core.ui.widgets.run_words import is_unfinished, say_file, say_state

_MOST_RUNS = 5
_LISTS = {
    Status.POTENTIAL: "potential",
    Status.ACTIVE: "active",
    Status.SUSPENDED: "suspended",
    Status.GRADUATED: "graduated",
}


def show(actor: Actor) -> None:
    """Show the home page."""
    st.title(_("My work today"))
    with feedback.errors_shown():
        total = cache.count(actor, EVERYBODY)
        if actor.allows(Permission.IMPORT):
            _show_work(actor)
        graduation_line.show(actor)
        if total.enrolments == 0:
            _show_first_steps(actor)
            return
        by_status = {status: dict(_numbers(actor, status)) for status in Status}
        _show_cards(by_status)
        _show_picture(actor, by_status, say_total(total))


def _numbers(actor: Actor, status: Status) -> list[tuple[str, int]]:
    found = cache.count_by(actor, where("status", Op.IS, status.value), "programme")
    return [(str(code), count.enrolments) for code, count in found]


def _show_work(actor: Actor) -> None:
    """List what waits for somebody: notices, unfinished imports, and rows held back."""
    told = notices.list_unread(actor)
    runs = [run for run in imports.list_runs(actor, limit=50) if is_unfinished(run)]
    owners = dict(quarantine.counts(actor, quarantine.Filters())["owner"])
    held = sum(owners.values())
    if not told and not runs and not held:
        st.caption(_("No import waits for you."))
        return
    st.subheader(_("Waiting for you"))
    _show_notices(actor, told)
    for run in runs[:_MOST_RUNS]:
        what, state, when, opener = st.columns([4, 3, 2, 1], vertical_alignment="center")
        with what:
            plain.show_text(say_file(run))
        with state:
            plain.show_text(say_state(run.state))
        with when:
            plain.show_text(show_moment(run.created_at), faint=True)
        with opener:
            address.show_open("import_data", _("Open"), {"run": str(run.uuid)})
    if held:
        what, opener = st.columns([9, 1], vertical_alignment="center")
        with what:
            plain.show_text(_("{rows} held back", rows=say_rows(held)))
        with opener:
            address.show_open("quarantine", _("Open"), None)


def _show_notices(actor: Actor, told: Sequence[NoticeView]) -> None:
    """Show what happened while nobody looked; it stays until it is put away."""
    if not told:
        return
    for one in told[:_MOST_RUNS]:
        said, away = st.columns([8, 2], vertical_alignment="center")
        with said:
            plain.show_noted(speak(one.text), show_moment(one.at))
        away.button(
            _("Put away"),
            key=f"home_notice_{one.id}",
            on_click=notices.put_away,
            args=(actor, one.id),
            width="stretch",
        )
    if len(told) > 1:
        st.button(
            _("Put all {n} notices away", n=show_number(len(told))),
            key="home_notices",
            on_click=notices.mark_read,
            args=(actor, told[0].id),
        )


def _show_first_steps(actor: Actor) -> None:
    """Say how the registry gets its first people."""
    st.subheader(_("Three steps to the first list"))
    programmes, places = cache.list_programmes(actor), cache.list_places(actor, None)
    _show_step(
        _("1. Add a programme"),
        done=bool(programmes),
        command='python -m core.cli programme add CASH --name "Cash transfer"',
    )
    _show_step(
        _("2. Import the areas, or load the demo country"),
        done=bool(places),
        command="python -m core.cli locations import areas.csv",
    )
    st.markdown(_("3. Import a file of people"))
    if actor.allows(Permission.IMPORT):
        st.page_link(
            address.file_of("import_data"), label=_("Import a file"), icon=":material/upload_file:"
        )
    else:
        st.caption(_("An analyst does this on the Import page."))


def _show_step(title: str, *, done: bool, command: str) -> None:
    st.markdown(f"{title} · {_('done')}" if done else title)
    if not done:
        st.caption(_("On the server, as administrator:"))
        plain.show_lines(command)


def _show_cards(by_status: Mapping[Status, Mapping[str, int]]) -> None:
    for column, status in zip(st.columns(len(_LISTS)), _LISTS, strict=True):
        with column.container(border=True):
            st.metric(label_code(status), show_number(sum(by_status[status].values())))
            st.page_link(
                address.file_of(_LISTS[status]),
                label=_("Open the list"),
                icon=":material/arrow_forward:",
            )


def _show_picture(actor: Actor, by_status: Mapping[Status, Mapping[str, int]], total: str) -> None:
    names = {one.code: one.name for one in cache.list_programmes(actor)}
    codes = sorted({code for numbers in by_status.values() for code in numbers})
    labelled = {
        status: {names.get(code, code): number for code, number in numbers.items()}
        for status, numbers in by_status.items()
    }
    title = _("Enrolments by programme and status")
    st.subheader(title)
    st.caption(_("Open enrolments you may see: {total}", total=total))
    picture = status_bars([names.get(code, code) for code in codes], labelled)
    # Its place is kept from the start: nothing below jumps when the picture arrives.
    with st.container(height=picture.layout.height + 16, border=False):
        st.plotly_chart(picture, config={"displayModeBar": False}, key="home_picture", alt=title)
    with st.expander(_("The numbers behind the picture")):
        plain.show_table(
            [_("Programme"), *(label_code(status) for status in Status)],
            [
                [
                    names.get(code, code),
                    *(show_number(by_status[status].get(code, 0)) for status in Status),
                ]
                for code in codes
            ],
        )
        plain.show_lines(_write_csv(codes, by_status))


def _write_csv(codes: Sequence[str], by_status: Mapping[Status, Mapping[str, int]]) -> str:
    """Return the numbers as CSV to copy: totals, no rows of people."""
    lines = [",".join(["programme", *Status])]
    lines += [
        ",".join([code, *(str(by_status[status].get(code, 0)) for status in Status)])
        for code in codes
    ]
    return "\n".join(lines)
