"""Step 5, the publish: what it would do, row by row, whom to decide about, and the confirmation."""

import streamlit as st

from core.domain.permissions import Actor
from core.services import matching
from core.services.imports import RunView
from core.services.matching import Summary
from core.text import _, show_number
from core.ui import cache, plain, session
from core.ui.widgets import (
    import_acts,
    import_decide,
    import_known,
    import_preview,
    import_progress,
    import_way,
)
from core.ui.widgets.import_columns import say_field

_TYPED_ABOVE, _SAMPLE = 100, 5
_CONFIRMING = "import_confirming"
_MOST_FIELDS = 8


def show_publish(actor: Actor, run: RunView) -> None:
    """Show what a publish would do, and the button for it."""
    summary: Summary = cache.of_run(
        actor, run, "summary", lambda: matching.summary(actor, run.uuid)
    )
    clean = run.counts.get("staged", 0)
    import_way.show_ways(run, import_way.PUBLISH)  # on top: the lists below may be long
    import_preview.show_counts(run, summary)
    if summary.fields:
        plain.show_text(_say_fields(summary), faint=True)
    if summary.statuses:
        st.info(_("Statuses that will move to the file’s: {n:,}", n=summary.statuses))
    if not clean:
        st.warning(_("No row is clean: correct the file, or the columns, and check again."))
    elif session.recall(_CONFIRMING) == str(run.uuid):
        _confirm(actor, run, summary)
    elif import_acts.button(
        _("Publish {rows}", rows=_say_clean(clean)), "import_ask", type="primary"
    ):
        import_acts.do(lambda: session.remember(_CONFIRMING, str(run.uuid)))
    if not summary.duplicates and summary.duplicates is None and summary.new:
        _offer_search(actor, run)
    import_preview.show_rows(actor, run, summary)
    import_decide.show_decisions(actor, run)
    import_known.show_save(actor, run)


def _say_fields(summary: Summary) -> str:
    fields = list(summary.fields.items())
    said = ", ".join(f"{say_field(name)} ({show_number(n)})" for name, n in fields[:_MOST_FIELDS])
    more = " …" if len(fields) > _MOST_FIELDS else ""
    return _("Changed most often: {fields}", fields=said + more)


def _offer_search(actor: Actor, run: RunView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(_("Nobody has looked for possible duplicates yet: there are many new rows."))
        if import_acts.button(_("Look for duplicates"), "seek_duplicates"):
            import_acts.do(lambda: matching.seek_duplicates(actor, run.uuid))


def _confirm(actor: Actor, run: RunView, summary: Summary) -> None:
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
        import_preview.show_sample(actor, run, summary, _SAMPLE)
        typed = True
        if clean > _TYPED_ABOVE:
            answer = st.text_input(_("Type the number of rows to confirm"), key=f"typed_{run.uuid}")
            typed = "".join(c for c in answer if c.isdigit()) == str(clean)
        import_acts.show_refusal(_CONFIRMING)
        with st.container(horizontal=True):
            sure = import_acts.button(_("Yes, publish"), "import_publish", type="primary")
            st.button(
                _("Cancel"), key="import_cancel", on_click=session.forget, args=(_CONFIRMING,)
            )
        if sure and not typed:
            why = _("The number is not right. Type {n}.", n=clean)
            import_acts.refuse(why, _CONFIRMING)
        if sure:
            session.forget(_CONFIRMING)
            import_acts.do(lambda: import_progress.publish(actor, run))


def _say_clean(number: int) -> str:
    return _("1 clean row") if number == 1 else _("{n} clean rows", n=show_number(number))
