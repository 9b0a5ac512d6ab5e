"""Every way in and out: pages, routes, commands; what each needs and what it logs.

A page, route or command that is not listed here fails the suite (tests/contracts).
"""

from dataclasses import dataclass
from enum import StrEnum

from core.domain.permissions import Permission


class Access(StrEnum):
    """What stands before a route."""

    OPEN = "anybody"
    SESSION = "a valid session"
    TICKET = "a valid session and a single-use ticket bound to it"


@dataclass(frozen=True)
class Page:
    """One address of the screen. `file` lies in pages/; `icon` is a Material symbol; the page at
    "" is the first one; a page not `listed` is reached from another; `logs` names its events."""

    file: str
    url_path: str
    title: str
    icon: str
    section: str
    permission: Permission
    listed: bool = True
    logs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """One address of our own beside the screen. `logs` names its events."""

    path: str
    methods: frozenset[str]
    access: Access
    logs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """One word of the command line; without a permission it needs the machine alone."""

    words: str
    permission: Permission | None
    logs: tuple[str, ...] = ()


_SEE, _IMPORT = Permission.SEE_PEOPLE, Permission.IMPORT
_LISTS, _WORK = "Beneficiaries", "Data"
PAGES = (
    Page("home.py", "", "Home", "home", "", _SEE, logs=("count",)),
    Page("potential.py", "potential", "Potential", "person_search", _LISTS, _SEE, logs=("list",)),
    Page("active.py", "active", "Active", "how_to_reg", _LISTS, _SEE, logs=("list",)),
    Page("suspended.py", "suspended", "Suspended", "pause_circle", _LISTS, _SEE, logs=("list",)),
    Page("graduated.py", "graduated", "Graduated", "school", _LISTS, _SEE, logs=("list",)),
    Page("search.py", "search", "Search", "search", _LISTS, _SEE, listed=False, logs=("search",)),
    Page(
        "beneficiary.py",
        "beneficiary",
        "Beneficiary",
        "person",
        _LISTS,
        _SEE,
        listed=False,
        logs=("view",),
    ),
    Page(
        "merge.py",
        "merge",
        "Merge two records",
        "call_merge",
        _LISTS,
        Permission.TRANSITION,
        listed=False,
        logs=("view", "search", "merge.preview", "people.merge"),
    ),
    Page(
        "household.py",
        "household",
        "Household",
        "family_restroom",
        _LISTS,
        _SEE,
        listed=False,
        logs=(
            *("view", "household.preview", "household.move", "household.join", "household.leave"),
            *("household.split", "household.merge", "household.head"),
        ),
    ),
    Page(
        "transition.py",
        "transition",
        "Change status",
        "swap_horiz",
        _LISTS,
        Permission.TRANSITION,
        listed=False,
        logs=("transition.preview", "transition.subjects", "transition", "undo.preview", "undo"),
    ),
    Page(
        "batch.py",
        "batch",
        "Receipt",
        "receipt_long",
        _LISTS,
        _SEE,
        listed=False,
        logs=("batch.view", "batch.subjects"),
    ),
    Page("batches.py", "batches", "Acts", "history", _LISTS, _SEE),
    Page("import_data.py", "import_data", "Import", "upload_file", _WORK, _IMPORT),
    Page("sources.py", "sources", "Sources", "cloud_sync", _WORK, _IMPORT),
    Page("quarantine.py", "quarantine", "Held rows", "rule_folder", _WORK, _IMPORT),
    Page(
        "programmes.py",
        "programmes",
        "Programmes",
        "category",
        "Administration",
        Permission.DESIGN,
        logs=("programme.preview", "programme.change", "add_programme"),
    ),
    Page(
        "suites.py", "suites", "Validation rules", "rule", "Administration", Permission.ADMINISTER
    ),
)
_GET, _POST = frozenset({"GET"}), frozenset({"POST"})
ROUTES = (
    Route("/sign-in", _GET | _POST, Access.OPEN, ("sign_in", "sign_in_refused")),
    Route("/sign-out", _POST, Access.SESSION, ("sign_out",)),
    Route("/change-password", _GET | _POST, Access.SESSION, ("change_password",)),
    Route("/download/{token}", _GET, Access.TICKET, ("export",)),
    Route("/upload", _GET | _POST, Access.SESSION, ("import.start",)),
    Route("/healthz", _GET, Access.OPEN),
)
COMMANDS = (
    Command("init", None, ("add_user",)),
    Command("demo", None),
    Command("user add", Permission.ADMINISTER, ("add_user",)),
    Command("programme add", Permission.DESIGN, ("add_programme",)),
    Command("programme show", Permission.DESIGN),
    Command("programme set", Permission.DESIGN, ("programme.preview", "programme.change")),
    Command("locations import", Permission.ADMINISTER, ("import_locations",)),
    Command("import", _IMPORT, ("publish",)),
    Command("rewind", _IMPORT, ("import.rewind", "import.rewind_undo", "rewind.preview")),
    Command("merge", Permission.TRANSITION, ("merge.preview", "people.merge")),
    Command("count", _SEE, ("count",)),
    Command("export", Permission.EXPORT, ("export",)),
    Command("search", _SEE, ("search",)),
    Command("history", _SEE, ("view",)),
    Command("source add", _IMPORT, ("source.add",)),
    Command("source list", _IMPORT),
    Command("source run", _IMPORT, ("source.run", "import.publish")),
    Command("source retire", _IMPORT, ("source.retire",)),
    Command("mapping export", _IMPORT, ("mapping.export",)),
    Command("mapping import", _IMPORT, ("mapping.save",)),
    Command("quarantine list", _IMPORT),
    Command("quarantine export", _IMPORT, ("export",)),
    Command("quarantine retry", _IMPORT, ("quarantine.retry", "import.publish")),
    Command("suite lint", _IMPORT),
    Command("suite test", _IMPORT),
    Command(
        "transition",
        Permission.TRANSITION,
        ("transition.preview", "transition", "transition.ask", "transition.plan"),
    ),
    Command("undo", Permission.TRANSITION, ("undo.preview", "undo")),
    Command("batch list", _SEE),
    Command("batch show", _SEE, ("batch.view", "batch.subjects")),
    Command("verify", Permission.READ_LOGS),
)


def find_page(file: str) -> Page:
    """Return the declaration of a file of pages/."""
    return next(page for page in PAGES if page.file == file)
