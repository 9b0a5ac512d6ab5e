"""A remedy in words, in the reader's language."""

from dataclasses import asdict

from core.domain.words import label_code
from core.etl.remedies.steps import (
    Accept,
    Blank,
    Cell,
    FillDown,
    FindReplace,
    LeaveOut,
    MapValue,
    Repair,
    Replace,
    Step,
)
from core.text import _, quote, show_number

_MOST_ROWS = 5


def say_step(step: Step) -> str:
    """Return what a step does."""
    named = {**asdict(step), "column": getattr(step, "header", "")}
    match step:
        case Cell():
            said = _say_cell(step)
        case LeaveOut():
            said = _say_left_out(step)
        case Blank():
            values = ", ".join(quote(value) for value in step.values)
            said = _("{column}: {values} means no answer", column=step.header, values=values)
        case MapValue():
            named["code"] = label_code(step.code)
            said = _("{column}: “{value}” means {code}").format(**named)
        case Replace():
            said = _("{column}: “{old}” becomes “{new}”").format(**named)
        case FindReplace():
            said = _("{column}: the text “{old}” becomes “{new}” inside the cells").format(**named)
        case FillDown():
            said = _("{column}: blanks repeat the value above them").format(**named)
        case Repair():
            said = _("{column}: garbled letters are put right").format(**named)
        case Accept():
            said = _("{column}: accepted as it is ({reason})").format(**named)
    return said


def _say_cell(step: Cell) -> str:
    if step.row is None:
        return _("{column}: “{old}” becomes “{new}”", column=step.header, old=step.was,
                 new=step.to)  # fmt: skip
    return _("Row {row}, {column}: “{old}” becomes “{new}”", row=step.row, column=step.header,
             old=step.was, new=step.to)  # fmt: skip


def _say_left_out(step: LeaveOut) -> str:
    if step.header is not None:
        return _("Rows where {column} is “{value}” are left out ({reason})", column=step.header,
                 value=step.value, reason=step.reason)  # fmt: skip
    if len(step.rows) > _MOST_ROWS:
        return _("{n} rows are left out ({reason})", n=show_number(len(step.rows)),
                 reason=step.reason)  # fmt: skip
    rows = ", ".join(str(row) for row in step.rows)
    return _("Left out: row {rows} ({reason})", rows=rows, reason=step.reason)
