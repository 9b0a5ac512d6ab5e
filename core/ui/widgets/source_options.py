"""What a kind of source asks for, in parts, and only what has a meaning beside the choices made."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.etl.connect import Connector, Entry, Option, Part, find_missing, is_asked
from core.text import _, speak
from core.ui import feedback, session

_HEADS: dict[Part, Callable[[], str]] = {
    Part.PLACE: lambda: _("Where it is"),
    Part.READ: lambda: _("What is read"),
    Part.FRESH: lambda: _("How records, and new ones, are recognised"),
}
_LARGEST = 10**9


@dataclass
class Asking:
    """One form: of which connector, under which prefix of keys, with what is kept already; and
    what is said in it, with the place under each field where its error goes."""

    connector: Connector
    prefix: str
    now: Mapping[str, Any] = field(default_factory=dict)
    secrets_set: tuple[str, ...] = ()
    find_tables: Callable[["Asking"], list[str]] | None = None
    said: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    slots: dict[str, DeltaGenerator] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, str]:
        """What is said, without defaults that nobody chose: they hold as they are."""
        return {
            option.name: self.said[option.name]
            for option in self.connector.options
            if self.said.get(option.name)
            and (
                option.required
                or option.name in self.now
                or self.said[option.name] != option.default
            )
        }

    def is_complete(self, parts: Collection[Part] = tuple(Part)) -> bool:
        """Say at each field that is needed and empty what it needs; return whether none is."""
        known = self.connector.options
        kept = {**dict.fromkeys(self.secrets_set, "kept"), **self.secrets, **self.said}
        wanted = [one for one in (*known, *self.connector.secrets) if one.part in parts]
        missing = find_missing(wanted, kept, known)
        for name, sentence in missing.items():
            self.refuse(name, sentence)
        return not missing

    def refuse(self, name: str, sentence: str) -> None:
        """Say under a field what is wrong with it."""
        self.slots[name].error(speak(sentence))


def show(asking: Asking) -> None:
    """Show the parts that have something to ask; what has good defaults stays folded."""
    for part in Part:
        options = [option for option in asking.connector.options if option.part is part]
        if not any(is_asked(one, asking.said, asking.connector.options) for one in options):
            continue
        with st.container() if part in _HEADS else st.expander(_("More")):
            if part in _HEADS:
                st.markdown(f"**{_HEADS[part]()}**")
            for option in _choose_ways(asking, options):
                _ask(asking, option)
            if part is Part.PLACE:
                _ask_secrets(asking)


def _choose_ways(asking: Asking, options: list[Option]) -> list[Option]:
    """Let one way be chosen where an option may stand for another; return what is left to ask."""
    others = {option.instead_of: option for option in options if option.instead_of}
    return [
        _choose_way(asking, option, others[option.name]) if option.name in others else option
        for option in options
        if not option.instead_of
    ]


def _choose_way(asking: Asking, usual: Option, other: Option) -> Option:
    ways = {usual.name: usual, other.name: other}
    chosen = st.radio(
        _("Read from"),
        list(ways),
        index=int(bool(asking.now.get(other.name))),
        format_func=lambda name: _(ways[name].label),
        horizontal=True,
        key=f"{asking.prefix}_way_{usual.name}",
    )
    return ways[chosen or usual.name]


def _ask(asking: Asking, option: Option) -> None:
    if not is_asked(option, asking.said, asking.connector.options):
        return
    value = str(asking.now.get(option.name) or option.default or "")
    label = _(option.label) + (" *" if option.required else "")
    key = f"{asking.prefix}_{option.name}"
    about = _(option.help) if option.help else None
    tables = _find_tables(asking) if option.name == "table" and asking.find_tables else []
    if option.choices or tables:
        words = dict(option.choices) or {table: "" for table in tables}
        codes = list(words)
        chosen = st.selectbox(
            label,
            codes,
            index=codes.index(value) if value in codes else 0,
            format_func=lambda code: _(words[code]) if words[code] else code,
            key=f"{key}_found" if tables else key,
            help=about,
        )
        said = chosen or ""
    elif option.entry is Entry.NUMBER:
        number = int(value) if value.isdecimal() else None
        typed = st.number_input(label, 0, _LARGEST, number, key=key, help=about)
        said = "" if typed is None else str(typed)
    elif option.entry is Entry.LINES:
        said = st.text_area(label, value, key=key, help=about).strip()
    else:
        said = st.text_input(label, value, key=key, help=about).strip()
    asking.said[option.name] = said
    asking.slots[option.name] = st.empty()


def _ask_secrets(asking: Asking) -> None:
    """Show an entry for each secret; what is kept is never shown, only that there is one."""
    for secret in asking.connector.secrets:
        if not is_asked(secret, asking.said, asking.connector.options):
            continue
        kept = secret.name in asking.secrets_set
        said = st.text_input(
            _(secret.label) + (" *" if secret.required else ""),
            type="password",
            placeholder=_("kept; fill in to replace it") if kept else "",
            key=f"{asking.prefix}_secret_{secret.name}",
            help=_(secret.help) if secret.help else None,
            autocomplete="off",
        )
        if said:
            asking.secrets[secret.name] = said
        asking.slots[secret.name] = st.empty()


def _find_tables(asking: Asking) -> list[str]:
    """Offer to look for the tables, and return those that were found at this very place."""
    place = {**asking.said, "table": ""}
    key = f"{asking.prefix}_tables"
    looking = st.button(_("Look for its tables"), key=f"{key}_look")
    if looking and asking.find_tables and asking.is_complete((Part.PLACE,)):
        with feedback.errors_shown():
            session.remember(key, (place, asking.find_tables(asking)))
    found = session.recall(key)
    return list(found[1]) if found and found[0] == place else []
