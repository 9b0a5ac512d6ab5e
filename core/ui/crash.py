"""What the reader sees of a failure that nobody foresaw: a sentence, a number, the way on."""

import logging
import secrets
import traceback

import streamlit as st

from core.errors import RegistryError
from core.text import _, speak
from core.ui import plain

_log = logging.getLogger("caseload.screen")


def show_crash(error: Exception) -> bool:
    """Show that the page broke, with the number under which the log holds it, and the way on.

    Streamlit calls this at the top of every run, of fragments and of callbacks too, once it has
    logged the traceback; its own control flow (rerun, stop) never comes here. What the exception
    says stays in the log: it may hold values. Returns True: Streamlit's own text is not shown.
    """
    reference = secrets.token_hex(4).upper()
    where = traceback.extract_tb(error.__traceback__)[-1:]
    at = f"{where[0].filename}:{where[0].lineno}" if where else "an unknown place"
    _log.error("%s is the reference of the %s above, at %s", reference, type(error).__name__, at)
    if isinstance(error, RegistryError):
        st.error(speak(error.said))
    else:
        st.error(_("This page could not be shown: something in the program went wrong."))
    plain.show_text(
        _(
            "What was saved before is safe. If it happens again, tell your administrator the"
            " reference {reference}: the log holds the cause under it.",
            reference=reference,
        )
    )
    st.button(_("Try again"), key=f"crash_{reference}", icon=":material/refresh:")
    plain.show_away("/", _("Go to the start page"))
    return True
