"""Choices that the address holds: the widget shows what stands there and brings back what is
chosen."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.text import _
from core.ui import address, session


def pick_many(
    label: str, name: str, options: Mapping[str, str], prefix: str, drops: Sequence[str] = ()
) -> None:
    """Let any of the options be chosen; `drops` are the names in the address that go with every
    new choice, such as the place in the list. `prefix` tells one page's widgets from another's."""
    key = _key(prefix, name)
    session.remember(key, [code for code in address.read_all(name) if code in options])
    st.multiselect(
        label,
        list(options),
        format_func=lambda code: options.get(code, code),
        key=key,
        placeholder=_("All") if options else "–",
        disabled=not options,
        on_change=take,
        args=(key, name, drops),
    )


def pick_one(
    label: str, name: str, options: Mapping[str, str], prefix: str, drops: Sequence[str] = ()
) -> None:
    """Let one of the options be chosen, or none."""
    key, value = _key(prefix, name), address.read(name)
    session.remember(key, value if value in options else None)
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=lambda code: options.get(code, code),
        key=key,
        placeholder=_("All"),
        on_change=take,
        args=(key, name, drops),
    )


def take(key: str, name: str, drops: Sequence[str] = ()) -> None:
    """Bring what was chosen into the address; what depended on the old choice goes."""
    chosen = session.recall(key)
    values = chosen if isinstance(chosen, list) else [chosen]
    kept = [value for value in values if value is not None]
    address.change({**dict.fromkeys(drops, ()), name: kept})


def _key(prefix: str, name: str) -> str:
    return f"{prefix}_{name}"
