"""The way to the top of a page whose next step has replaced what one was reading."""

import streamlit as st

_TOP = st.components.v2.component(
    "caseload_top",
    html="<span></span>",
    js="""
export default function () {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
""",
)


def show_from_top(step: str) -> None:
    """Begin `step` at its top, once: Streamlit stays where the button of the last step was."""
    _TOP(key=f"top_{step}")
