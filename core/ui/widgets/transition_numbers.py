"""A list of numbers to move: typed or pasted, or taken from the first column of a file."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

import streamlit as st

from core.services import number_lists
from core.storage.database import data_dir
from core.text import _, show_number
from core.ui import feedback, session

_LARGEST_MB = 10
_TEXT, _FILE, _SAID = "transition_numbers", "transition_numbers_file", "transition_numbers_said"
_ENDINGS = ("txt", "csv", "xlsx")


def show_numbers(mark: str) -> Sequence[str]:
    """Ask for registration or household numbers; return them, none while there are none."""
    text, file = f"{_TEXT}_{mark}", f"{_FILE}_{mark}"
    left, right = st.columns([3, 2])
    typed = left.text_area(
        _("Registration or household numbers"),
        key=text,
        height=140,
        placeholder=_("One to a line, or with commas between them"),
        persist_state="session",
    )
    right.file_uploader(
        _("Or a file: the first column of a text, CSV or Excel file"),
        type=_ENDINGS,
        max_upload_size=_LARGEST_MB,
        key=file,
        on_change=_take_file,
        args=(file, text),
    )
    said: tuple[bool, str] | None = session.recall(_SAID)
    if said is not None:
        session.forget(_SAID)
        (right.success if said[0] else right.error)(said[1])
    return number_lists.split_numbers(typed)


def _take_file(file: str, text: str) -> None:
    """Put the numbers of a file beside those typed."""
    sent = session.recall(file)
    if sent is None:
        return
    try:
        with TemporaryDirectory(dir=data_dir()) as folder:
            path = Path(folder) / f"numbers{PurePath(sent.name).suffix.lower()}"
            path.write_bytes(sent.getvalue())
            numbers = number_lists.read_numbers(path)
    except feedback.EXPECTED as error:
        session.remember(_SAID, (False, feedback.explain(error)))
        return
    typed = str(session.recall(text) or "").strip()
    session.remember(text, "\n".join([*([typed] if typed else []), *numbers]))
    session.remember(_SAID, (True, _("Numbers read: {n}", n=show_number(len(numbers)))))
