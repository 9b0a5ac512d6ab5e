"""Home, "my work today": what waits for me, how many people there are, and the first steps."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import Status
from core.domain.permissions import Actor, Permission
from core.domain.words import label_code
from core.reports.charts import status_bars
from core.storage.beneficiaries import Count
from core.text import _, show_number
from core.ui import address, cache, feedback, plain
from core.ui.widgets import graduation_line, home_work
from core.ui.widgets.amounts import say_total

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
        home_work.show(actor)
        graduation_line.show(actor)
        if total.enrolments == 0:
            _show_first_steps(actor)
            return
        by_status = {status: dict(_numbers(actor, status)) for status in Status}
        _show_cards(dict(cache.count_by(actor, EVERYBODY, "status")))
        _show_picture(actor, by_status, say_total(total))


def _numbers(actor: Actor, status: Status) -> list[tuple[str, int]]:
    found = cache.count_by(actor, where("status", Op.IS, status.value), "programme")
    return [(str(code), count.enrolments) for code, count in found]


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


def _show_cards(totals: Mapping[str, Count]) -> None:
    for column, status in zip(st.columns(len(_LISTS)), _LISTS, strict=True):
        count = totals.get(status, Count(0, 0, 0))
        with column.container(border=True):
            st.metric(label_code(status), show_number(count.enrolments))
            # A household's status beside its members' is no further beneficiary.
            st.caption(say_total(count))
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
