"""The last step of an import: the publish with its confirmation, and the receipt."""

from collections.abc import Callable

import streamlit as st

from core.domain.permissions import Actor
from core.services.imports import RunView
from core.text import _, show_number
from core.ui import address, session
from core.ui.widgets.amounts import say_rows

_TYPED_ABOVE = 100
_CONFIRMING = "import_confirming"


def show_publish(actor: Actor, run: RunView, publish: Callable[[Actor, RunView], None]) -> None:
    """Show what a publish would do, and the button for it; more than a hundred rows are typed."""
    clean = run.counts.get("staged", 0)
    _show_counts(run)
    if not clean:
        st.warning(_("No row is clean: correct the file, or the columns, and check again."))
        return
    asked = st.button(_("Publish {rows}", rows=_say_clean(clean)), type="primary")
    if asked:
        session.remember(_CONFIRMING, str(run.uuid))
    if session.recall(_CONFIRMING) == str(run.uuid):
        _confirm(actor, run, publish)


def _confirm(actor: Actor, run: RunView, publish: Callable[[Actor, RunView], None]) -> None:
    clean = run.counts["staged"]
    with st.container(border=True):
        st.text(
            _(
                "{rows} go into programme {programme}. Rows held back stay here until they are"
                " corrected.",
                rows=_say_clean(clean),
                programme=run.programme,
            )
        )
        typed = True
        if clean > _TYPED_ABOVE:
            answer = st.text_input(_("Type the number of rows to confirm"), key=f"typed_{run.uuid}")
            typed = "".join(c for c in answer if c.isdigit()) == str(clean)
        bar = st.container(horizontal=True)
        sure = bar.button(_("Yes, publish"), type="primary", key="import_publish")
        bar.button(_("Cancel"), key="import_cancel", on_click=session.forget, args=(_CONFIRMING,))
        if sure and not typed:
            st.error(_("The number is not right. Type {n}.", n=clean))
        elif sure:
            session.forget(_CONFIRMING)
            publish(actor, run)


def _say_clean(number: int) -> str:
    return _("1 clean row") if number == 1 else _("{n} clean rows", n=show_number(number))


def show_receipt(run: RunView) -> None:
    """Show what the publish did, and where the people are now."""
    published = sum(run.counts.get(name, 0) for name in ("new", "changed", "unchanged"))
    st.success(_("Published: {rows} of the file.", rows=say_rows(published)))
    _show_counts(run)
    st.page_link(
        address.file_of(run.status.lower()),
        label=_("Open the list"),
        icon=":material/arrow_forward:",
    )


def _show_counts(run: RunView) -> None:
    labels = {
        "rows": _("Rows"),
        "new": _("New"),
        "changed": _("Changed"),
        "unchanged": _("Unchanged"),
        "held": _("Held back"),
    }
    for column, (name, label) in zip(st.columns(len(labels)), labels.items(), strict=True):
        column.metric(label, show_number(run.counts.get(name, 0)), border=True)
