"""The attributes that a programme asks for: a table, one to change, a further one to add."""

from typing import Any

import streamlit as st

from core.domain.fields import Kind
from core.domain.programme_design import ATTRIBUTE_KINDS, LONGEST_LABEL
from core.text import _
from core.ui import address, plain
from core.ui.widgets.programme_draft import Draft
from core.ui.widgets.programme_general import read_lines
from core.ui.widgets.programme_words import KINDS

Item = dict[str, Any]


def show(draft: Draft) -> None:
    """Show the attributes of the draft and what can be done with them."""
    items: list[Item] = list(draft.document["attribute_schema"])
    plain.show_text(
        _(
            "What this programme asks for beside the registry’s own fields. Files bring it by a"
            " column of the same name; lists and conditions can use it."
        ),
        faint=True,
    )
    if items:
        heads = (_("Label"), _("Name"), _("Kind"), _("Options"), _("Required"))
        plain.show_table(heads, [_cells(one) for one in items])
        _show_one(draft, items)
    else:
        st.info(_("There are no attributes yet. Add the first one here."))
    _show_new(draft, draft.document["attribute_schema"])


def _cells(item: Item) -> tuple[str, ...]:
    return (
        item["label"],
        item["name"],
        KINDS[Kind(item["kind"])](),
        ", ".join(item.get("options", [])),
        _("yes") if item.get("required") else _("no"),
    )


def _show_one(draft: Draft, items: list[Item]) -> None:
    named = {str(one["name"]): one for one in items}
    at = address.read("attribute")
    options = ["", *named]
    chosen = st.selectbox(
        _("Attribute to change"),
        options,
        index=options.index(at) if at in options else 0,
        format_func=lambda name: named[name]["label"] if name else _("Choose an attribute"),
        key=f"{draft.choice}_attribute_{len(named)}",
    )
    if chosen != at:
        address.change({"attribute": [chosen] if chosen else []})
    if not chosen:
        return
    with st.container(border=True):
        _show_form(draft, items, list(named).index(chosen))


def _show_form(draft: Draft, items: list[Item], position: int) -> None:
    item = items[position]
    key = f"{draft.key}_attribute_{item['name']}"
    left, right = st.columns(2)
    label = left.text_input(_("Label"), item["label"], LONGEST_LABEL, key=f"{key}_label")
    kinds = list(ATTRIBUTE_KINDS)
    kind = right.selectbox(
        _("Kind"),
        kinds,
        index=kinds.index(Kind(item["kind"])),
        format_func=lambda one: KINDS[one](),
        key=f"{draft.choice}_{item['name']}_kind",
    )
    made: Item = {"name": item["name"], "label": label.strip() or item["name"], "kind": str(kind)}
    if kind is Kind.CODE:
        typed = st.text_area(
            _("Options, one on each line"), "\n".join(item.get("options", [])), key=f"{key}_options"
        )
        made |= {"options": read_lines(typed)} if read_lines(typed) else {}
    if st.checkbox(_("Required"), item.get("required", False), key=f"{key}_required"):
        made["required"] = True
    draft.keep("attribute_schema", [*items[:position], made, *items[position + 1 :]])
    if st.button(_("Take this attribute away"), key=f"{key}_drop"):
        draft.keep("attribute_schema", [*items[:position], *items[position + 1 :]])
        address.forget("attribute")
        st.rerun()
    plain.show_text(_("Taken away, it is not asked for any more; what is known stays."), faint=True)


def _show_new(draft: Draft, items: list[Item]) -> None:
    left, right = st.columns([6, 2], vertical_alignment="bottom")
    typed = left.text_input(
        _("Name of a new attribute, as the column of the files is called"),
        max_chars=LONGEST_LABEL,
        key=f"{draft.key}_attribute_new_{len(items)}",
    )
    if right.button(
        _("Add this attribute"), key=f"{draft.key}_attribute_add", width="stretch"
    ) and (name := typed.strip()):
        if name.casefold() in {str(one["name"]).casefold() for one in items}:
            st.error(_("There is an attribute of this name already."))
            return
        made = {"name": name, "label": name, "kind": Kind.TEXT.value}
        draft.keep("attribute_schema", [*items, made])
        address.change({"attribute": [name]})
        st.rerun()
