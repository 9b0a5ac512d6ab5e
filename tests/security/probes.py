"""A look at every surface: what it answers to one visitor, so that two answers can be compared."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from openpyxl import load_workbook

from core.domain import surfaces
from core.domain.criteria import EVERYBODY, Criteria, Op, parse, where
from core.domain.fields import FIELDS, Status
from core.domain.lifecycle import State
from core.domain.programme_design import Design
from core.domain.surfaces import Command, Page, Route
from core.etl.remedies.steps import Cell
from core.etl.rules.findings import Finding
from core.etl.rules.suite import load_suite
from core.etl.runs import whole_tables
from core.services import (
    accounts,
    approvals,
    batches,
    beneficiaries,
    bulk_decisions,
    cycles,
    exports,
    history,
    household_view,
    households,
    imports,
    inspection,
    jobs,
    lifecycle,
    list_defaults,
    locations,
    mappings,
    matching,
    merging,
    notices,
    planned,
    programme_groups,
    programme_history,
    programmes,
    quarantine,
    remedies,
    rewind,
    search,
    source_columns,
    source_history,
    source_runs,
    sources,
    spellings,
    suites,
    undo,
    verify,
)
from core.services.batches import BatchFilter
from core.services.imports import RunFilter, RunKind
from core.storage.beneficiaries import Paging
from tests.people import NORTH, WEST
from tests.security.home_probes import home_acts
from tests.security.timeline_probes import NUMBERS, homes, timelines
from tests.security.visitor import Visitor, answer
from tests.security.world import CARD, CASH, PHONE, SKILLS, World, enrolment_of

NOBODY = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
TEXTS = ("Abeba", "Abebe", "Zoutsider", "Desta", "Chantal", "Elodie", "Girma", "P0000001", CARD)
TEXTS += (PHONE, "Z-1", "0799 999 999", "jamila")
_FEMALE = {"field": "sex", "op": "is", "value": "FEMALE"}
CRITERIA: tuple[Criteria, ...] = (
    EVERYBODY,
    *(where("status", Op.IS, status.value) for status in Status),
    where("location", Op.WITHIN, WEST),
    where("location", Op.WITHIN, "N-WEST-Z", "Z"),
    where("programme", Op.IN, SKILLS, "FOOD", "MEALS"),
    where("phone", Op.STARTS_WITH, "07"),
    where("identifier.card", Op.IS_FILLED, None),
    where("attribute.Zcolumn", Op.IS, "x"),
    parse({"not": {"any": [_FEMALE, {"field": "age", "op": "at_least", "value": 20}]}}),
)
SORTS = ("full_name", "registration_no", "age", "since")
Asked = Iterator[tuple[str, Callable[[], Any]]]

# Services that change something; what they answer is no reading of rows.
ACTS = {
    "accounts.add_user", "accounts.change_password", "accounts.choose_language", "jobs.cancel",
    "imports.start", "imports.set_mapping", "imports.set_layout", "imports.publish",
    "imports.enqueue", "imports.propose_again", "imports.discard", "matching.decide",
    "bulk_decisions.decide_alike", "bulk_decisions.reopen",
    "programme_groups.split",
    "remedies.add_step", "remedies.add_steps", "remedies.undo_step", "remedies.redo_step",
    "notices.mark_read", "notices.put_away", "approvals.approve", "approvals.refuse",
    "lifecycle.prepare", "lifecycle.carry_out", "lifecycle.cancel", "lifecycle.forget",
    "undo.prepare", "cycles.prepare",
    "remedies.take_back", "quarantine.assign", "quarantine.discard",
    "quarantine.edit", "quarantine.retry",
    "sources.add_source", "sources.set_options", "sources.set_timetable", "sources.set_rules",
    "sources.pause", "sources.resume", "sources.retire",
    "source_columns.keep_mapping", "source_columns.set_mapping",
    "source_runs.enqueue",
    "mappings.save", "mappings.apply", "mappings.apply_exact", "mappings.export_text",
    "mappings.import_text", "suites.save_version", "suites.restore", "suites.enqueue_official",
    "locations.import_locations", "merging.merge", "households.carry_out",
    "programmes.add_programme", "programmes.change", "programmes.put_cycle",
    "programme_history.take_back",
    "rewind.enqueue", "rewind.rewind",
    "rewind.undo_rewind", "verify.verify",
}  # fmt: skip


def services(visitor: Visitor, world: World) -> Asked:
    """Yield every read that a service offers; a name begins with the service's own."""
    actor, hidden = visitor.actor, enrolment_of(world.known["Desta"], SKILLS)
    for at, criteria in enumerate(CRITERIA):
        yield f"beneficiaries.count {at}", lambda c=criteria: beneficiaries.count(actor, c)
        paging = Paging(size=3)
        yield (
            f"beneficiaries.page {at}",
            lambda c=criteria, p=paging: beneficiaries.page(actor, c, p),
        )
    for sort in SORTS:
        for paging in (
            Paging(sort=sort, size=2),
            Paging(sort=sort, descending=True, after=hidden),
            Paging(sort=sort, before=hidden),
        ):
            yield f"beneficiaries.page {paging}", lambda p=paging: _page(actor, p)
    for field in (*FIELDS, "identifier.card", "identifier.zcard", "attribute.Zcolumn"):
        yield (
            f"beneficiaries.count_by {field}",
            lambda f=field: beneficiaries.count_by(actor, EVERYBODY, f),
        )
    for name, uuid in (*world.known.items(), ("nobody", NOBODY)):
        yield f"beneficiaries.get {name}", lambda u=uuid: beneficiaries.get(actor, u)
    for text in TEXTS:
        yield f"search.find {text}", lambda t=text: search.find(actor, t)
        yield f"search.find {text} few", lambda t=text: search.find(actor, t, Status.ACTIVE, 1)
    yield from _merges(visitor, world)
    yield from home_acts(visitor, world)
    yield "planned.list_waiting", lambda: planned.list_waiting(actor)
    yield "programmes.list_programmes", lambda: programmes.list_programmes(actor)
    yield "programmes.list_designs", lambda: programmes.list_designs(actor)
    ask_programmes = partial(exports.request_programmes, actor, visitor.session_hash)
    yield "exports.request_programmes", lambda: _spend(visitor, ask_programmes())
    for code in (CASH, SKILLS, "FOOD"):
        yield (
            f"list_defaults.find_defaults {code}",
            lambda c=code: list_defaults.find_defaults(actor, c),
        )
        yield f"programmes.describe {code}", lambda c=code: programmes.describe(actor, c)
        yield (
            f"programme_history.list_changes {code}",
            lambda c=code: programme_history.list_changes(actor, c),
        )
        yield (
            f"programme_history.find_obstacles {code}",
            lambda c=code: programme_history.find_obstacles(actor, c, NOBODY),
        )
        design = Design(name=code, capacity=1)
        yield (
            f"programmes.preview {code}",
            lambda c=code, d=design: programmes.preview(actor, c, d),
        )
    yield "locations.list_children", lambda: list(_areas(visitor))
    for code in (NORTH, WEST, "N-WEST-Z"):
        yield (
            f"locations.list_ancestors {code}",
            lambda c=code: locations.list_ancestors(actor, c),
        )
    yield from timelines(visitor, world)
    yield from _files(visitor)
    yield from _batches(visitor)
    yield from _moves(visitor)
    yield from _imports(visitor)


def _merges(visitor: Visitor, world: World) -> Asked:
    """Two records side by side, on one side of a wall and across it."""
    actor, near = visitor.actor, world.known["Abeba"]
    for name in ("Fatou", "Girma", "Desta"):
        wish = merging.Wish(near, world.known[name], {})
        yield f"merging.preview {name}", lambda w=wish: merging.preview(actor, w)
        yield (
            f"merging.propose_survivor {name}",
            lambda w=wish: merging.propose_survivor(actor, w.survivor, w.duplicate),
        )
    for number in TEXTS:
        yield f"merging.find_uuid {number}", lambda n=number: merging.find_uuid(actor, n)


def _page(actor: Any, paging: Paging) -> object:
    return beneficiaries.page(actor, EVERYBODY, paging)


def _areas(visitor: Visitor, above: UUID | None = None) -> Iterator[object]:
    for place in locations.list_children(visitor.actor, above):
        yield place
        yield from _areas(visitor, place.uuid)


def _files(visitor: Visitor) -> Asked:
    actor, out = visitor.actor, visitor.folder / "list.csv"
    columns = ["full_name", "phone", "identifier.card", "attribute.Zcolumn"]

    def write(criteria: Criteria, chosen: list[str] | None) -> tuple[object, bytes]:
        return exports.write_export(actor, criteria, chosen, out), out.read_bytes()

    def fetch(criteria: Criteria) -> bytes:
        return _spend(visitor, exports.request_download(actor, visitor.session_hash, criteria))

    for at, criteria in enumerate(CRITERIA):
        yield f"exports.write_export {at}", lambda c=criteria: write(c, None)
    yield "exports.write_export columns", lambda: write(EVERYBODY, columns)
    yield "exports.request_download", lambda: fetch(EVERYBODY)


def _batches(visitor: Visitor) -> Asked:
    actor = visitor.actor
    for wanted in (BatchFilter(), BatchFilter(programme=SKILLS), BatchFilter(undone=False)):
        yield f"batches.list_batches {wanted}", lambda w=wanted: batches.list_batches(actor, w)
    for batch in [one.uuid for one in batches.list_batches(actor, limit=3)] + [NOBODY]:
        yield "batches.get_batch", lambda b=batch: batches.get_batch(actor, b)
        change = partial(programme_history.find_change, actor, batch)
        yield "programme_history.find_change", change
        yield "batches.subjects", lambda b=batch: batches.subjects(actor, b, batches.Facet())
        yield "batches.receipt", lambda b=batch: batches.receipt(actor, b)
        ask = partial(exports.request_batch, actor, visitor.session_hash, batch)
        yield "exports.request_batch", lambda a=ask: _spend(visitor, a())


def _moves(visitor: Visitor) -> Asked:
    """What everybody is told; what a manager is, test_transition_twin asks."""
    actor = visitor.actor
    yield "lifecycle.list_terms", lambda: lifecycle.list_terms(actor)
    for code in (CASH, SKILLS, "FOOD"):
        yield f"lifecycle.reasons {code}", lambda c=code: lifecycle.reasons(actor, c, State.EXITED)
    yield "cycles.list_candidates", lambda: cycles.list_candidates(actor)
    yield "cycles.view", lambda: cycles.view(actor, NOBODY)
    yield "lifecycle.view", lambda: lifecycle.view(actor, NOBODY)
    yield "lifecycle.subjects", lambda: lifecycle.subjects(actor, NOBODY, batches.Facet())
    ask = partial(exports.request_order, actor, visitor.session_hash, NOBODY)
    yield "exports.request_order", lambda: _spend(visitor, ask())


def _imports(visitor: Visitor) -> Asked:
    actor = visitor.actor
    runs = imports.list_runs(actor) if actor.allows(surfaces.Permission.IMPORT) else []
    yield "imports.list_runs", lambda: imports.list_runs(actor)
    for kind in (None, *RunKind):
        wanted = RunFilter(kind, "people")
        yield f"imports.find_runs {kind}", lambda w=wanted: imports.find_runs(actor, w, 2, 1)
    for run in [run.uuid for run in runs] or [NOBODY]:
        yield "imports.check", lambda r=run: imports.check(actor, r)
        yield "imports.describe", lambda r=run: imports.describe(actor, r)
        yield "imports.findings", lambda r=run: imports.findings(actor, r)
        yield "imports.held_rows", lambda r=run: imports.held_rows(actor, r)
        yield "imports.sample", lambda r=run: imports.sample(actor, r)
        yield from _looks(visitor, run)
    for run in [run.uuid for run in runs] or [NOBODY]:
        yield "rewind.preview", lambda r=run: rewind.preview(actor, r)
        yield "rewind.standing", lambda r=run: rewind.standing(actor, r)
    for run in [run.uuid for run in runs] or [NOBODY]:
        yield from _remedies(visitor, run)
    yield from _held(visitor)
    yield from _sources(actor)
    yield "jobs.get", lambda: jobs.get(actor, NOBODY)
    yield "notices.list_unread", lambda: notices.list_unread(actor)
    yield from _rules(visitor)


def _looks(visitor: Visitor, run: UUID) -> Asked:
    """What the steps of a run show between its file and its publish."""
    actor = visitor.actor
    headers = ["Full name", "District"]
    yield "imports.value_counts", lambda: imports.value_counts(actor, run, headers)
    yield "imports.identifier_types", lambda: imports.identifier_types(actor)
    yield "inspection.first_look", lambda: inspection.first_look(actor, run)
    yield "inspection.read_evidence", lambda: inspection.read_evidence(actor, run)
    yield "jobs.find_for_run", lambda: jobs.find_for_run(actor, run)
    yield "matching.summary", lambda: matching.summary(actor, run)
    for kind in matching.KINDS:
        yield (
            f"matching.preview_page {kind}",
            lambda k=kind: matching.preview_page(actor, run, k),
        )
    yield "matching.seek_duplicates", lambda: matching.seek_duplicates(actor, run)
    yield "matching.to_decide", lambda: matching.to_decide(actor, run)
    yield "matching.candidates", lambda: matching.candidates(actor, run, 2)
    yield "matching.row_itself", lambda: matching.row_itself(actor, run, 2)
    yield "bulk_decisions.count_alike", lambda: bulk_decisions.count_alike(actor, run, 50)
    yield "quarantine.still_open", lambda: quarantine.still_open(actor, run)
    yield "quarantine.second_tries", lambda: quarantine.second_tries(actor, run)
    yield "programme_groups.find_groups", lambda: programme_groups.find_groups(actor, run)
    yield "programme_groups.list_parts", lambda: programme_groups.list_parts(actor, run)
    yield "spellings.find_spellings", lambda: spellings.find_spellings(actor, run)


def _remedies(visitor: Visitor, run: UUID) -> Asked:
    actor, out = visitor.actor, visitor.folder / "rows.xlsx"
    found = Finding("unknown_place", "critical", "District", 1, (), (), "")
    yield "inspection.bad_rows", lambda: inspection.bad_rows(actor, run)
    yield "inspection.suggest", lambda: inspection.suggest(actor, run, found)
    step = Cell("District", "N-EAST", "N-WEST", row=2)
    yield "inspection.preview_step", lambda: inspection.preview_step(actor, run, step)
    yield "remedies.list_steps", lambda: remedies.list_steps(actor, run)

    def write() -> object:
        exports.write_workbook(actor, run, out)
        return [list(sheet.values) for sheet in load_workbook(out)]

    def fetch() -> int:
        ticket = exports.request_workbook(actor, visitor.session_hash, run)
        return len(ticket)

    yield "exports.write_workbook", write
    yield "exports.request_workbook", fetch
    for table in whole_tables.TABLES:
        ask = partial(exports.request_table, actor, visitor.session_hash, run, table)
        yield f"exports.request_table {table}", lambda a=ask: _spend(visitor, a())


def _spend(visitor: Visitor, ticket: str) -> bytes:
    return b"".join(exports.open_download(ticket, visitor.session_hash).chunks)


def _held(visitor: Visitor) -> Asked:
    actor, waiting = visitor.actor, quarantine.Filters()

    def fetch() -> bytes:
        return _spend(visitor, exports.request_held(actor, visitor.session_hash, waiting))

    yield "quarantine.list_rows", lambda: quarantine.list_rows(actor, waiting)
    yield "quarantine.counts", lambda: quarantine.counts(actor, waiting)
    for row in range(1, 9):
        yield f"quarantine.get_row {row}", lambda r=row: quarantine.get_row(actor, r)
    yield "exports.request_held", fetch
    out = visitor.folder / "held.csv"
    yield "exports.write_held", lambda: exports.write_held(actor, waiting, out)


def _rules(visitor: Visitor) -> Asked:
    actor, headers = visitor.actor, ("ID", "Full name", "Sex", "District")
    yield "mappings.list_mappings", lambda: mappings.list_mappings(actor)
    yield "mappings.find_for", lambda: mappings.find_for(actor, headers)
    yield "mappings.learned", lambda: mappings.learned(actor, headers)
    chosen = {"Sex": "sex", "Full name": "full_name"}
    yield "mappings.learned_values", lambda: mappings.learned_values(actor, chosen)
    yield "mappings.describe", lambda: mappings.describe(actor, "of somebody beyond")
    yield "suites.list_names", lambda: suites.list_names(actor)
    for name in (suites.BASE, f"{suites.OF_PROGRAMME}{CASH}", f"{suites.OF_PROGRAMME}{SKILLS}"):
        yield f"suites.list_versions {name}", lambda n=name: suites.list_versions(actor, n)
        yield f"suites.describe {name}", lambda n=name: suites.describe(actor, n)
    rules = load_suite().document
    yield "suites.lint", lambda: suites.lint(actor, json.dumps(rules)).name
    yield "suites.sentences", lambda: suites.sentences(actor, NOBODY)
    yield "suites.try_on_run", lambda: suites.try_on_run(actor, rules, NOBODY)
    path = visitor.folder / _FILE
    yield "suites.try_on_file", lambda: suites.try_on_file(actor, rules, path)
    yield "suites.official", lambda: suites.official(actor, NOBODY)


def _sources(actor: Any) -> Asked:
    new = sources.NewSource("x", "http", {"url": "https://beyond.example"}, "FOOD")
    yield "sources.list_sources", lambda: sources.list_sources(actor)
    yield "sources.describe", lambda: sources.describe(actor, NOBODY)
    yield "sources.test_connection", lambda: sources.test_connection(actor, NOBODY)
    yield "source_history.list_runs", lambda: source_history.list_runs(actor, NOBODY)
    yield "exports.request_history", lambda: exports.request_history(actor, "x", NOBODY)
    yield "sources.try_out", lambda: sources.try_out(actor, new)
    yield "sources.list_tables", lambda: sources.list_tables(actor, new)
    yield "source_runs.run_source", lambda: source_runs.run_source(actor, NOBODY)


def reads_offered() -> set[str]:
    """Return the names of all services that take an actor and are no acts."""
    modules = (accounts, beneficiaries, exports, imports, jobs, locations, programmes, search)
    modules += (inspection, matching, notices, programme_groups, quarantine, remedies)
    modules += (programme_history,)
    modules += (approvals, cycles, lifecycle, planned, undo)
    modules += (batches, bulk_decisions, history, household_view, households, list_defaults)
    modules += (
        mappings,
        rewind,
        spellings,
        suites,
        sources,
        source_columns,
        source_runs,
        source_history,
    )
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in (*modules, verify)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        if "actor" in inspect.signature(function).parameters
    }
    return found - ACTS


# One list of addresses for each page of core/domain/surfaces.py.
_LISTS: tuple[Mapping[str, Any], ...] = (
    {}, {"sex": "FEMALE", "area1": [WEST], "programme": [SKILLS, "FOOD"], "from": "18"},
)  # fmt: skip
PAGES: dict[str, tuple[Mapping[str, Any], ...]] = {
    "home.py": ({},),
    "potential.py": _LISTS[:1],
    "active.py": _LISTS,
    "suspended.py": _LISTS[:1],
    "graduated.py": _LISTS[:1],
    "search.py": ({"q": "Abeba"},),
    "household.py": ({"id": "0"}, {"id": "0", "kind": "status"}, {"id": "1"}),
    "beneficiary.py": ({"id": "Abeba"}, {"id": "Girma"}, {"id": "Desta"}),
    "merge.py": ({"a": "Abeba"}, {"a": "Abeba", "b": "Fatou"}, {"a": "Abeba", "b": "Desta"}),
    "import_data.py": ({}, {"list": "published", "file": "people", "from": "2"}),
    "quarantine.py": ({}, {"row": "1"}, {"state": "DISCARDED"}),
    "sources.py": ({}, {"new": "1"}, {"source": str(NOBODY)}),
    "suites.py": ({},),
    "transition.py": ({"status": "ACTIVE", "sex": "FEMALE"},),
    "batch.py": ({"id": str(NOBODY)},),
    "batches.py": ({},),
    "programmes.py": ({}, {"code": CASH}, {"code": SKILLS, "part": "moves"}),
}


def pages(visitor: Visitor, world: World) -> Asked:
    """Yield every page at its addresses."""
    for file, addresses in PAGES.items():
        for query in addresses:
            named = {
                name: str(world.known.get(value, value)) if name in ("id", "a", "b") else value
                for name, value in query.items()
            }
            if file == "household.py":
                named["id"] = str(homes()[int(query["id"])])
            yield f"page {file} {query}", lambda f=file, q=named: visitor.see(f[:-3], **q)


_PLAIN = {"accept": "text/html"}


def _download(visitor: Visitor) -> Iterator[object]:
    for criteria in CRITERIA[:3]:
        ticket = answer(
            lambda c=criteria: exports.request_download(visitor.actor, visitor.session_hash, c)
        ).strip("'")
        found = visitor.client().get(f"/download/{ticket}")
        named = found.headers.get("content-disposition", "")
        yield found.status_code, re.sub(r"\d{4}-\d\d-\d\d_\d{4}", "TIME", named), found.content
    yield visitor.client().get("/download/x").text


def _upload(visitor: Visitor) -> tuple[str, str]:
    page = visitor.client().get("/upload", headers=_PLAIN).text
    sent = visitor.client().post(f"/upload?programme={SKILLS}&status=ACTIVE", content=b"a,b")
    return re.sub(r'(nonce=|X-Csrf", )"[^"]+"', r"\1", page), sent.text


ROUTES: dict[str, Callable[[Visitor], object]] = {
    "/sign-in": lambda v: v.client().get("/sign-in", headers=_PLAIN).text,
    "/sign-out": lambda v: v.client().post("/sign-out", data={"csrf": "wrong"}).text,
    "/change-password": lambda v: v.client().get("/change-password", headers=_PLAIN).text,
    "/download/{token}": lambda v: list(_download(v)),
    "/upload": _upload,
    "/healthz": lambda v: v.client().get("/healthz").text,
}
_PHONES = '{"field": "phone", "op": "is_filled"}'
_FILE = "people.csv"
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "user add": (("eve", "--role", "VIEWER"), ("zed", "--role", "VIEWER", "--area", WEST)),
    "programme add": (("FOOD", "--name", "Food"),),
    "programme show": ((CASH,), (SKILLS,)),
    "programme set": ((CASH, "--file", "missing.json"), (SKILLS, "--file", "missing.json")),
    "locations import": ((_FILE,),),
    # Nobody publishes here: what somebody brings in themselves would change their next look.
    "import": ((_FILE, "--programme", "FOOD"), ("missing.csv", "--programme", SKILLS)),
    "rewind": ((str(NOBODY),), (str(NOBODY), "--check-only"), (str(NOBODY), "--undo")),
    "merge": (("P-000000001-95", "P-000000003-89", "--check-only"), ("x", "y")),
    "count": ((), ("--by", "programme"), ("--by", "location"), ("--criteria", _PHONES)),
    "export": (("--out", "list.csv"), ("--out", "list.csv", "--programme", CASH)),
    "search": tuple((text,) for text in TEXTS),
    "history": (*((number,) for number in NUMBERS), (NUMBERS[6], "--household")),
    "source add": (("x", "--kind", "kobo", "--programme", "FOOD"),),
    "source list": ((),),
    "source run": (("of somebody beyond",),),
    "source retire": (("of somebody beyond",),),
    "mapping export": (("of somebody beyond",), ("none", "--version", "1")),
    "mapping import": (("missing.json",),),
    "quarantine list": ((), ("--programme", SKILLS)),
    "quarantine export": (("--run", str(NOBODY), "--out", "list.csv"),),
    "quarantine retry": ((str(NOBODY),),),
    "suite lint": (("beneficiaries",), (f"programme:{CASH}",), (f"programme:{SKILLS}",)),
    "suite test": (("beneficiaries", "--file", _FILE), ("beneficiaries", "--run", str(NOBODY))),
    "transition": (
        ("--programme", SKILLS, "--to", "ACTIVE", "--reason", "x", "--criteria", _PHONES),
        ("--programme", "FOOD", "--to", "EXITED", "--reason", "MOVED", "--ids", _FILE),
    ),
    "undo": ((str(NOBODY), "--check-only"),),
    "batch list": ((), ("--programme", SKILLS)),
    "batch show": ((str(NOBODY), "--subjects"),),
    "verify": ((),),
}


def routes(visitor: Visitor, _world: World) -> Asked:
    """Yield each of our own routes."""
    for path, ask in ROUTES.items():
        yield f"route {path}", lambda a=ask: a(visitor)


def commands(visitor: Visitor, _world: World) -> Asked:
    """Yield every command that acts with somebody's grants."""
    for words, variants in COMMANDS.items():
        for more in variants:
            said = [str(visitor.folder / one) if one.endswith(".csv") else one for one in more]
            yield f"command {words} {more}", lambda w=words, s=said: visitor.run(*w.split(), *s)


def uncollected(declared: tuple[Page | Route | Command, ...]) -> list[str]:
    """Return the registered surfaces that nobody looks at here, as sentences."""
    names = [
        *(one.file for one in declared if isinstance(one, Page) and one.file not in PAGES),
        *(one.path for one in declared if isinstance(one, Route) and one.path not in ROUTES),
        *(
            one.words
            for one in declared
            # Without a permission it needs the machine alone and acts for nobody.
            if isinstance(one, Command) and one.permission and one.words not in COMMANDS
        ),
    ]
    return [f"{name}: a registered surface without a twin probe" for name in names]


Look = Callable[[Visitor, World], Asked]
EVERY_SURFACE: tuple[Look, ...] = (services, commands, routes, pages)


def collect(visitor: Visitor, world: World, looks: tuple[Look, ...]) -> dict[str, str]:
    """Return what each surface answers."""
    return {name: answer(ask) for look in looks for name, ask in look(visitor, world)}


def assert_same(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Fail, naming them, where surfaces answer differently."""
    differ = [name for name in before if before[name] != after.get(name)]
    assert before.keys() == after.keys()
    assert not differ, f"these surfaces tell something of the far side: {differ}"
