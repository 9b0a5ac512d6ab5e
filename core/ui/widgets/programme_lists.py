"""What a programme's lists show first, and who is proposed for graduation."""

import streamlit as st

from core.domain.fields import ATTRIBUTE_PREFIX, FIELDS, find_field
from core.domain.programme_design import MOST_COLUMNS
from core.services.beneficiaries import LIST_FIELDS
from core.text import _
from core.ui import plain
from core.ui.widgets import graduation_line
from core.ui.widgets.programme_criteria import CriteriaForm
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_moves import attributes_of, options_of


def show_lists(draft: Draft) -> None:
    """Ask for the usual filter and the columns of the programme's lists."""
    st.markdown(f"**{_('Usual filter')}**")
    plain.show_text(
        _("One click on a list of this programme alone puts it in; it can be taken out again."),
        faint=True,
    )
    form = CriteriaForm(
        draft.actor,
        f"{draft.key}_filter",
        lambda tree: draft.keep("default_criteria", tree),
        attributes_of(draft),
        options_of(draft),
    )
    form.show(draft.document["default_criteria"], _("No usual filter."))
    st.markdown(f"**{_('Columns of the lists')}**")
    own = {f"{ATTRIBUTE_PREFIX}{name}": said for name, said in attributes_of(draft).items()}
    now = list(draft.document["list_columns"])
    labels = {name: _(one.label) for name, one in FIELDS.items() if name != "location"} | own
    labels |= {name: find_field(name).label for name in now if name not in labels}
    chosen = st.multiselect(
        _("Columns, in the order of the list"),
        list(labels),
        now,
        format_func=labels.__getitem__,
        key=f"{draft.choice}_columns",
        max_selections=MOST_COLUMNS,
        placeholder=_("The usual columns"),
    )
    draft.keep("list_columns", list(chosen))
    usual = ", ".join(_(FIELDS[name].label) for name in LIST_FIELDS)
    plain.show_text(_("The usual columns: {names}.", names=usual), faint=True)
    plain.show_text(
        _("Who may not see the field of a column does not see the column."),
        faint=True,
    )


def show_graduation(draft: Draft) -> None:
    """Ask who is proposed for graduation."""
    plain.show_text(
        _(
            "Those of whom this is true are proposed for graduation. People decide: nobody"
            " graduates by the rule alone."
        ),
        faint=True,
    )
    form = CriteriaForm(
        draft.actor,
        f"{draft.key}_graduation",
        lambda tree: draft.keep("graduation", tree),
        attributes_of(draft),
        options_of(draft),
    )
    form.show(draft.document["graduation"], _("No rule: nobody is proposed."))
    graduation_line.show(draft.actor, draft.seen.code)
