"""How the tables of a file become one, in words, with a way to decline it."""

from collections.abc import Iterator

import streamlit as st

from core.domain.permissions import Actor
from core.etl.tables.shapes import NO_SHAPE, Join, Keep, Layout, Unpivot
from core.services.imports import RunView
from core.text import _, quote, show_number
from core.ui import plain
from core.ui.widgets import import_acts, import_known

_MOST_NAMED = 8


def uses(run: RunView) -> Iterator[tuple[Layout, str]]:
    """Yield the tables in use, each with what it is used for."""
    document = run.document
    yield document.layout, _("imported")
    for stacked in document.shape.stacked:
        yield stacked, _("imported, its rows follow")
    for join in document.shape.joins:
        yield join.table, _("its columns are brought in")


def show_shape(actor: Actor, run: RunView) -> None:
    """Say how the one table comes about, and offer to take the first table as it stands."""
    shape, lines = run.document.shape, list(_say(run))
    if shape == NO_SHAPE:
        return
    with st.container(border=True):
        plain.show_text(_("These rows are put together:"))
        for line in lines:
            plain.show_noted("→ " + line, "")
        st.caption(_("Nothing to do if that is right."))
        if import_acts.button(_("No, take the table as it stands"), "shape_decline"):
            layout = run.document.layout
            import_acts.do(lambda: import_known.set_layout(actor, run, layout, NO_SHAPE))


def _say(run: RunView) -> Iterator[str]:
    shape, first = run.document.shape, run.document.layout.label
    if shape.stacked:
        tables = ", ".join(quote(one.label) for one in (run.document.layout, *shape.stacked))
        yield _("The rows of {tables} follow one another.", tables=tables)
    for join in shape.joins:
        yield _say_join(first, join)
    if shape.unpivot:
        yield _say_unpivot(shape.unpivot)
    for keep in shape.keep:
        yield _say_keep(keep)


def _say_join(first: str, join: Join) -> str:
    brought = join.columns if join.columns is not None else join.table.columns
    if join.lift:
        brought = tuple(join.lift.levels.values())
    named = ", ".join(brought[:_MOST_NAMED]) + (" …" if len(brought) > _MOST_NAMED else "")
    said = _(
        "Each row of “{first}” gets the columns of “{table}” where “{left}” equals “{right}”:"
        " {columns}.",
        first=first,
        table=join.table.label,
        left=join.left,
        right=join.right,
        columns=named,
    )
    return " ".join([said, *(_say_keep(keep) for keep in join.keep)])


def _say_unpivot(unpivot: Unpivot) -> str:
    columns = ", ".join(list(unpivot.groups[0].values())[:_MOST_NAMED])
    return _(
        "Each row holds up to {n} members side by side ({columns}): each becomes a row of its own.",
        n=show_number(len(unpivot.groups)),
        columns=columns,
    )


def _say_keep(keep: Keep) -> str:
    said = {
        "is": _("Only rows where “{column}” is “{value}”.", column=keep.header, value=keep.value),
        "is_not": _(
            "Only rows where “{column}” is not “{value}”.", column=keep.header, value=keep.value
        ),
        "filled": _("Only rows where “{column}” is filled.", column=keep.header),
        "empty": _("Only rows where “{column}” is empty.", column=keep.header),
    }
    return said[keep.op]
