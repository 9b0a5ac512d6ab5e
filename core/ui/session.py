"""Who sits at the screen, and what this browser tab remembers: the only use of session state."""

from collections.abc import Mapping
from html import escape
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.domain.accounts import CSRF_COOKIE, SESSION_COOKIE
from core.domain.permissions import Actor, Permission
from core.domain.permissions import require as check
from core.errors import NotAllowed, NotSignedIn
from core.services import accounts
from core.services.accounts import SessionInfo
from core.text import _, ask_reader, set_language, speak

_FLASHES, _LANGUAGE = "flashes", "language"


def find() -> SessionInfo:
    """Return the session behind this run with the grants in force now.

    It is looked up in the database each time: the cookie that the websocket brought is as old as
    the page. Without a session the run ends here, with a link to the sign-in page.
    """
    cookies: Mapping[str, str] = st.context.cookies
    try:
        info = accounts.find_session(cookies.get(SESSION_COOKIE, ""))
    except NotSignedIn:
        _stop(_("Your session has ended."), "/sign-in", _("Sign in"))
    set_language(info.actor.language)
    remember(_LANGUAGE, info.actor.language)
    if info.must_change_password:
        _stop(
            _("Choose a password of your own first."), "/change-password", _("Change the password")
        )
    return info


def actor() -> Actor:
    """Return who sits at the screen; without a session the run ends here."""
    return find().actor


def require(permission: Permission) -> Actor:
    """Return who sits at the screen, if some grant of theirs gives `permission`; else the run
    ends here. The first statement of every page."""
    who = actor()
    try:
        check(who, permission)
    except NotAllowed as error:
        st.error(speak(error.said))
        st.stop()
    return who


def _stop(text: str, address: str, label: str) -> NoReturn:
    st.info(text)
    # Not st.link_button: it opens a new tab and leaves the dead one behind.
    st.html(f'<a href="{address}" target="_self">{escape(label)}</a>')
    st.stop()


def csrf_token() -> str:
    """Return the secret that our own forms carry."""
    return str(st.context.cookies.get(CSRF_COOKIE, ""))


def flash(text: str) -> None:
    """Show `text` at the top of the next run, which may be another page."""
    st.session_state.setdefault(_FLASHES, []).append(text)


def take_flashes() -> list[str]:
    """Return what the last run left to say, once."""
    return list(st.session_state.pop(_FLASHES, []))


def remember(key: str, value: object) -> None:
    """Keep `value` for this tab until it is closed."""
    st.session_state[key] = value


def recall(key: str) -> Any:  # noqa: ANN401 - whatever was remembered
    """Return what was remembered under `key`, or None."""
    return st.session_state.get(key)


def forget(key: str) -> None:
    """Drop what was remembered under `key`."""
    st.session_state.pop(key, None)


def _language() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return str(recall(_LANGUAGE) or "")


ask_reader(_language)
