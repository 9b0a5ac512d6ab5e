"""The plain pages in front of the application: one frame, no script, nothing from elsewhere."""

from dataclasses import dataclass
from html import escape
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.settings import ROOT
from core.text import LANGUAGES, _, language

_FRAME = Template((ROOT / "core" / "http" / "frame.html").read_text(encoding="utf-8"))
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Entry:
    """One line of a form."""

    name: str
    label: str
    kind: str = "text"
    complete: str = "off"
    value: str = ""


def choose_language(request: Request) -> str:
    """Return ?lang= if it is offered, else the first offered one of Accept-Language."""
    asked = request.query_params.get("lang", "")
    accepted = request.headers.get("accept-language", "").split(",")
    for code in (asked, *(part.split(";")[0].strip()[:2].lower() for part in accepted)):
        if code in LANGUAGES:
            return code
    return "en"


def show_page(
    title: str, body: str, *, status: int = 200, banner: str = "", links: str = ""
) -> HTMLResponse:
    """Return a page in the reader's language; `body`, `banner` and `links` are ready markup."""
    text = _FRAME.substitute(
        language=language(), title=escape(title), banner=banner, body=body, links=links
    )
    return HTMLResponse(text, status, headers={"Content-Security-Policy": _POLICY})


def write_form(
    action: str, entries: list[Entry], button: str, *, hidden: dict[str, str], error: str = ""
) -> str:
    """Return the markup of a form; the first empty line gets the cursor."""
    first = next((entry.name for entry in entries if not entry.value), "")
    lines = [f'<form method="post" action="{escape(action)}">']
    if error:
        lines.append(f'<p class="error" role="alert" id="error">{escape(error)}</p>')
    for name, value in hidden.items():
        lines.append(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">')
    for entry in entries:
        lines.append(
            f'<label for="{entry.name}">{escape(entry.label)}</label>'
            f'<input id="{entry.name}" name="{entry.name}" type="{entry.kind}" dir="auto" '
            f'autocomplete="{entry.complete}" value="{escape(entry.value)}" maxlength="200" '
            f"required{' autofocus' if entry.name == first else ''}"
            f"{' aria-describedby=error' if error else ''}>"
        )
    lines.append(f'<button type="submit">{escape(button)}</button></form>')
    return "\n".join(lines)


def write_language_links(next_path: str) -> str:
    """Return links to this page in the other languages."""
    query = f"&amp;next={escape(next_path)}" if next_path != "/" else ""
    return " · ".join(
        f'<a href="?lang={code}{query}" lang="{code}" hreflang="{code}">{escape(name)}</a>'
        for code, name in LANGUAGES.items()
        if code != language()
    )


def write_demo_band() -> str:
    """Return the band that says that nobody here is real."""
    text = _("DEMO · The people here are invented. Do not enter real data.")
    return f'<p class="demo" role="note">{escape(text)}</p>'
