"""Caseload as one ASGI application: `python app.py`, `uvicorn app:app`, `streamlit run app.py`."""

import streamlit as st

from core.http import MIDDLEWARE, ROUTES, lifespan
from core.settings import ROOT, read_settings
from core.ui.crash import show_crash

# Not app.py itself: with pages/ beside the script that Streamlit runs, the first deep link after a
# start would run the page without the shell (docs/decisions/0001).
app = st.App(
    ROOT / "core" / "ui" / "shell.py",
    routes=ROUTES,
    middleware=MIDDLEWARE,
    lifespan=lifespan,
    on_script_error=show_crash,
)

if __name__ == "__main__":
    app.run(config={"server.port": read_settings().port})
