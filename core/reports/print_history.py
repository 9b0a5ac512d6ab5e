"""A timeline on paper: one page of HTML that needs nothing from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from core.reports.timeline_words import (
    local,
    name_kinds,
    say_fields,
    say_programme,
    say_recorded,
    say_subject,
    say_why,
)
from core.storage.timeline import PLANNED, Choice, Item
from core.text import _, language, show_date, show_moment, show_number, speak

_STYLE = """
@page{margin:15mm}
body{font:11pt/1.35 system-ui,sans-serif;color:#000;background:#fff;margin:2rem}
h1{font-size:16pt;margin:0 0 .2rem}p{margin:.1rem 0}
table{border-collapse:collapse;width:100%;margin-top:1rem}
th,td{text-align:start;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #999}
thead{display:table-header-group}tr{break-inside:avoid}
.faint{color:#444;font-size:9.5pt}.gone{text-decoration:line-through}
.hint{border:1px solid #999;padding:.4rem .6rem;margin-bottom:1rem}
@media print{body{margin:0}.hint{display:none}}
"""


@dataclass(frozen=True)
class Printed:
    """Whose timeline is printed, which part of it, by whom and when."""

    title: str
    facts: str
    items: Sequence[Item]
    choice: Choice
    by: str
    at: datetime


def write_page(printed: Printed) -> bytes:
    """Return the page in the reader's language; every value on it is escaped."""
    heads = (_("Effective"), _("Recorded"), _("Programme"), _("What happened"), _("Why"), _("By"))
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(_row(item) for item in printed.items)
    if not printed.items:
        body = f'<tr><td colspan="{len(heads)}">{escape(_("Nothing fits this filter."))}</td></tr>'
    said = _(
        "Printed by {name} on {moment}", name=printed.by, moment=show_moment(local(printed.at))
    )
    lines = (printed.facts, say_choice(printed.choice), f"{said} · {_count(len(printed.items))}")
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        f"<title>{escape(printed.title)}</title><style>{_STYLE}</style></head><body>"
        f'<p class="hint">{escape(_("Print this page with Ctrl+P, then close it."))}</p>'
        f'<h1 dir="auto">{escape(printed.title)}</h1>'
        + "".join(f'<p class="faint" dir="auto">{escape(line)}</p>' for line in lines if line)
        + f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></body></html>"
    ).encode()


def say_choice(choice: Choice) -> str:
    """Return the sentence of a filter of a timeline."""
    kinds = name_kinds()
    said = [", ".join(kinds.get(kind, kind) for kind in choice.kinds), ", ".join(choice.programmes)]
    if choice.since:
        said.append(_("from {day}", day=show_date(choice.since)))
    if choice.until:
        said.append(_("until {day}", day=show_date(choice.until)))
    parts = [part for part in said if part]
    return _("Filter: {parts}", parts=" · ".join(parts)) if parts else _("The whole timeline")


def _count(number: int) -> str:
    return _("1 entry") if number == 1 else _("{n} entries", n=show_number(number))


def _row(item: Item) -> str:
    what = escape(speak(item.what))
    if item.taken_back:
        what = f'<span class="gone">{what}</span> ({escape(_("taken back"))})'
    more = [say_subject(item), *say_fields(item), speak(item.origin) if item.origin else ""]
    what += "".join(f'<br><span class="faint">{escape(one)}</span>' for one in more if one)
    day = show_date(item.effective_on)
    if item.kind == PLANNED:
        day = f"{day} ({_('planned')})"
    why = "<br>".join(escape(one) for one in (say_why(item), item.note) if one)
    cells = (
        escape(day),
        escape(say_recorded(item)),
        escape(say_programme(item)),
        what,
        why,
        escape(item.by or ""),
    )
    return "<tr>" + "".join(f'<td dir="auto">{cell}</td>' for cell in cells) + "</tr>"
