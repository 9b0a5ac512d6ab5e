"""The house as data, and the check that reads every source file against it."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = frozenset({"base"})
CELLAR = BASE | {"domain", "models"}
FLOOR = CELLAR | {"storage"}
WORKSHOPS = frozenset({"etl", "alerts", "search", "reports", "demo"})
ENTRANCE = FLOOR | WORKSHOPS | {"services"}

# Room -> the other rooms it may import. Nothing sideways, nothing above.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "base": frozenset(),
    "domain": BASE,
    "models": BASE | {"domain"},
    "storage": CELLAR,
    **dict.fromkeys(WORKSHOPS, FLOOR),
    "services": FLOOR | WORKSHOPS,
    "http": ENTRANCE,
    "ui": ENTRANCE,
    "cli": ENTRANCE,
    "scheduler": ENTRANCE,
    "pages": ENTRANCE | {"ui"},
    "app": ENTRANCE | {"ui", "http"},
}

# The files that are a room, or part of one, by name; any other file belongs to its folder.
FILES = {
    "app.py": "app",
    "core/__init__.py": "base",
    "core/errors.py": "base",
    "core/settings.py": "base",
    "core/registry.py": "base",
    "core/text.py": "base",
    "core/models.py": "models",
    "core/cli.py": "cli",
    "core/scheduler.py": "scheduler",
}
FOLDERS = {
    f"core/{room}": room for room in ("domain", "storage", *WORKSHOPS, "services", "http", "ui")
} | {"core/commands": "cli", "pages": "pages"}

DATABASE = frozenset({"models", "storage", "search"})
FRAMES = frozenset({"storage", "demo", "etl", "search", "reports", "services", "ui"})
# Package -> the rooms that may import it. A package that is not here needs a decision first.
LIBRARIES: dict[str, frozenset[str]] = {
    "alembic": frozenset({"storage"}),
    "argon2": frozenset({"domain"}),
    "babel": BASE,
    "charset_normalizer": frozenset({"etl"}),
    "cryptography": frozenset({"storage"}),
    "defusedxml": frozenset({"etl"}),
    "faker": frozenset({"demo"}),
    "great_expectations": frozenset({"etl"}),
    "numpy": FRAMES,
    "openpyxl": frozenset({"etl", "reports"}),
    "pandas": FRAMES,
    "plotly": frozenset({"reports"}),
    "psycopg": frozenset({"storage"}),
    "pyarrow": FRAMES,
    "python_calamine": frozenset({"etl"}),
    "rapidfuzz": frozenset({"etl", "search"}),
    "schedule": frozenset({"scheduler"}),
    "sqlalchemy": DATABASE,
    "sqlmodel": DATABASE,
    "starlette": frozenset({"app", "http"}),
    "streamlit": frozenset({"app", "pages", "ui"}),
    "uvicorn": frozenset({"app"}),
    "whoosh": frozenset({"search"}),
}
# Package -> the only places (files, or folders ending in /) beside those rooms that may import it.
LIBRARY_PLACES: dict[str, tuple[str, ...]] = {
    "requests": ("core/etl/connect/",),  # calls out, to the hosts the server's settings allow
    "sqlalchemy": ("core/etl/connect/database.py",),  # reads other people's databases, never ours
}
NEVER_IMPORTED = {
    "pickle": "unpickling executes what it reads",
}
NEVER_USED = {
    "unsafe_allow_html": "a value could carry markup into the page",
    "download_button": "its address is public; rows leave by the one-time-token route",
}
# Name -> the places (files, or folders ending in /) that alone may use it.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "st.session_state": ("core/ui/session.py",),
    "st.cache_data": ("core/ui/cache.py",),
    "st.cache_resource": ("core/ui/cache.py",),
    "create_engine": ("core/storage/", "core/search/", "core/etl/connect/database.py"),
    "read_sql": ("core/storage/", "core/search/"),
    "read_sql_query": ("core/storage/", "core/search/"),
}
BROAD_HANDLERS = ("core/scheduler.py",)

# Steps of the import never import each other; these hold the values and rules that they share.
ETL_COMPOSERS = (
    "core/etl/pipeline.py",
    "core/etl/tables/reading.py",
    "core/etl/tables/looking.py",
    "core/etl/tables/inspecting.py",
    "core/etl/tables/child.py",
    "core/etl/tables/child_works.py",
    "core/etl/runs/receiving.py",
    "core/etl/runs/clearing.py",
    "core/etl/rules/trial.py",
    "core/etl/runs/checking.py",
    "core/etl/runs/duplicates.py",
    "core/etl/runs/same_file.py",
    "core/etl/runs/grouping.py",
    "core/etl/runs/again.py",
    "core/etl/remedies/live.py",
    "core/etl/remedies/annotations.py",
    "core/etl/remedies/found.py",
    "core/etl/runs/whole_tables.py",
)
ETL_SHARED = (
    "core/etl/__init__.py",
    "core/etl/rows.py",
    "core/etl/choices.py",
    "core/etl/tables/shapes.py",
    "core/etl/rules/messages.py",
    "core/etl/columns/headers.py",
    "core/etl/values/dates.py",
    "core/etl/values/months.py",
    "core/etl/values/numbers.py",
    "core/etl/values/phones.py",
    "core/etl/values/letters.py",
    "core/etl/rules/sentences.py",
    "core/etl/values/codes.py",
    "core/etl/cells.py",
    "core/etl/values/convert.py",
    "core/etl/rules/expectations.py",
    "core/etl/rules/suite.py",
    "core/etl/extract/__init__.py",
    "core/etl/connect/__init__.py",
    "core/etl/datasets/__init__.py",
    "core/etl/frame.py",
    "core/etl/remedies/steps.py",
)

LONGEST_FILE, LONGEST_PAGE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 40, 40, 6
ANY_LENGTH = ("core/models.py", "core/storage/migrations/versions/")


@dataclass(frozen=True)
class Source:
    """One source file of the house, parsed."""

    name: str
    text: str
    tree: ast.Module
    room: str | None


def breaches(root: Path) -> list[str]:
    """Every way in which the sources under `root` differ from the house, as sentences."""
    found = []
    for source in _sources(root):
        if source.room is None:
            found.append(f"{source.name}: in no listed room")
            continue
        found += _size_breaches(source)
        found += _import_breaches(root, source)
        found += _name_breaches(source)
    return found


def _sources(root: Path) -> Iterator[Source]:
    for path in sorted(
        [*root.glob("*.py"), *root.glob("core/**/*.py"), *root.glob("pages/**/*.py")]
    ):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        yield Source(name, text, ast.parse(text), _room(name))


def _room(name: str) -> str | None:
    if name in FILES:
        return FILES[name]
    return next((room for at, room in FOLDERS.items() if name.startswith(f"{at}/")), None)


def _within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == p or (p.endswith("/") and name.startswith(p)) for p in places)


def _size_breaches(source: Source) -> Iterator[str]:
    if _within(source.name, ANY_LENGTH):
        return
    longest = LONGEST_PAGE if source.room == "pages" else LONGEST_FILE
    lines = len(source.text.splitlines())
    if lines > longest:
        yield f"{source.name}: {lines} lines, at most {longest}"
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{source.name}: {node.name} has {length} lines, at most {LONGEST_FUNCTION}"
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        counted = [argument for argument in taken if argument.arg not in ("self", "cls")]
        if len(counted) > MOST_PARAMETERS:
            yield f"{source.name}: {node.name} takes {len(counted)} parameters"


def _import_breaches(root: Path, source: Source) -> Iterator[str]:
    assert source.room is not None
    for module in dict.fromkeys(_imported(root, source.tree)):
        top = module.split(".")[0]
        if module.startswith("."):
            yield f"{source.name}: a relative import; write the whole name"
        elif top in ("core", "pages", "app"):
            yield from _house_breaches(source, _file_of(root, module))
        elif top in NEVER_IMPORTED:
            yield f"{source.name}: imports {top}: {NEVER_IMPORTED[top]}"
        elif top not in sys.stdlib_module_names and not _may_use(source, top):
            yield f"{source.name}: {source.room} may not import {top}"


def _may_use(source: Source, package: str) -> bool:
    return source.room in LIBRARIES.get(package, ()) or _within(
        source.name, LIBRARY_PLACES.get(package, ())
    )


def _imported(root: Path, tree: ast.Module) -> Iterator[str]:
    """The modules a file imports, each by its full name; a relative one starts with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield "."
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if _file_of(root, inner) else node.module


def _file_of(root: Path, module: str) -> str:
    """The file of a module of the house, relative to `root`; empty where there is none."""
    stem = module.replace(".", "/")
    candidates = (f"{stem}.py", f"{stem}/__init__.py")
    return next((name for name in candidates if (root / name).exists()), "")


def _house_breaches(source: Source, target: str) -> Iterator[str]:
    room = _room(target)
    allowed = MAY_IMPORT[source.room or ""] | {source.room}
    if room not in allowed:
        yield f"{source.name}: {source.room} may not import {target or 'what is not there'}"
    elif source.room == room == "services" and not target.endswith("__init__.py"):
        yield f"{source.name}: a service never calls a service ({target})"
    elif source.room == room == "etl" and not _etl_allows(source.name, target):
        yield f"{source.name}: an import step never imports another ({target})"


def _etl_allows(name: str, target: str) -> bool:
    if name in ETL_COMPOSERS or target in ETL_SHARED:
        return True
    folder, _, file = target.rpartition("/")
    # What begins with a line is an inner part of the steps in its own folder.
    return file.startswith("_") and name.startswith(f"{folder}/")


def _name_breaches(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        used = _used_name(node)
        if used.removeprefix("st.") in NEVER_USED:
            yield f"{source.name}: {used}: {NEVER_USED[used.removeprefix('st.')]}"
        for name, places in ONLY_IN.items():
            if used in (name, name.removeprefix("st.")) and not _within(source.name, places):
                yield f"{source.name}: {name} belongs in {' or '.join(places)} alone"
        if isinstance(node, ast.ExceptHandler) and not _within(source.name, BROAD_HANDLERS):
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught in ("everything", "Exception", "BaseException"):
                yield f"{source.name}: catches {caught}; name the failure it can act on"


def _used_name(node: ast.AST) -> str:
    """The name a node uses: `st.session_state` and other attributes by their last two parts."""
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        return "st." + node.attr if owner in ("st", "streamlit") else node.attr
    if isinstance(node, ast.alias):
        return node.name
    if isinstance(node, ast.Name):
        return node.id
    return (node.arg or "") if isinstance(node, ast.keyword) else ""
