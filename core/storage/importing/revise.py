"""What a published file changes in people the registry knew already: filled values that differ."""

from sqlmodel import Session

from core.domain.fields import OWN_FIELDS
from core.storage.dialect import Spelling, ask, make_temporary, run, spelling
from core.storage.importing.matching import FOUND
from core.storage.importing.places import UNASSIGNED
from core.storage.importing.policies import BLANKS, KEEP, Policies
from core.storage.importing.publish import JOIN, JOINER, WORK, Publication
from core.storage.importing.stage import Stage

REVISED = "work_revised"
TOUCHED = "work_touched"
"""The temporary tables of differences (n, person_id, row_no, diff) and of people who change."""
_BORN = ("birth_date", "birth_precision")
_PLAIN = (*(name for name in OWN_FIELDS if name not in _BORN), "registered_on")
_PRECISION = (
    "(CASE {0}.birth_precision WHEN 'DAY' THEN 4 WHEN 'MONTH' THEN 3 WHEN 'YEAR' THEN 2 "
    "WHEN 'ESTIMATED' THEN 1 ELSE 0 END)"
)


def revise(db: Session, publication: Publication) -> int:
    """Bring matched people up to date and return how many of them changed in any way.

    A blank never deletes, UNKNOWN is a blank, a coarser birth date never replaces a finer one,
    and the household rules the place of its members. Runs after publish.write, which prepared
    the memberships and enrolments that these people got.
    """
    if not ask(db, f"SELECT count(*) FROM {FOUND}"):  # noqa: S608
        return 0
    compare(db, publication)
    _update(db, publication)
    _add_identifiers(db, publication)
    _link_keys(db, publication)
    run(db, f"INSERT INTO search_outbox (person_id) SELECT person_id FROM {TOUCHED}")  # noqa: S608
    return count_changed(db)


def count_changed(db: Session) -> int:
    """Return how many matched rows change their person, needs TOUCHED."""
    return ask(
        db,
        f"SELECT count(*) FROM {FOUND} f WHERE NOT f.same "  # noqa: S608
        f"AND f.person_id IN (SELECT person_id FROM {TOUCHED})",
    )


def _new_value(name: str, policies: Policies) -> str:
    """Write the row's value of a column where it counts, else null."""
    value = _filled(name)
    policy = policies.of("birth_date" if name in _BORN else name)
    if policy == KEEP:
        return "NULL"
    if policy == BLANKS:
        blank = "p.sex = 'UNKNOWN'" if name == "sex" else f"p.{name} IS NULL"
        return f"CASE WHEN {'p.birth_date IS NULL' if name in _BORN else blank} THEN {value} END"
    return value


def _filled(name: str) -> str:
    if name == "sex":
        return "NULLIF(s.sex, 'UNKNOWN')"
    if name in _BORN:
        finer = f"{_PRECISION.format('s')} >= {_PRECISION.format('p')}"
        # An age read again a year later is no news: it must not make the person a year younger.
        news = "(p.birth_date IS NULL OR s.birth_precision <> 'ESTIMATED')"
        return f"CASE WHEN s.birth_date IS NOT NULL AND {finer} AND {news} THEN s.{name} END"
    return f"s.{name}"


def _source(stage: Stage) -> str:
    """Write the join of matched rows that are not as last taken, their people and new homes."""
    return (
        f"{stage.rows} s JOIN {WORK} w ON w.n = s.n AND NOT w.is_new "
        "JOIN person p ON p.id = w.person_id "
        f"LEFT JOIN {JOINER} j ON j.person_id = p.id"
    )


def _place(policy: str, column: str = "id") -> str:
    """Write the place a matched person moves to, null when the person stays."""
    settled = "EXISTS (SELECT 1 FROM membership m WHERE m.person_id = p.id AND m.until IS NULL)"
    may = {KEEP: "false", BLANKS: f"p.location_id = {UNASSIGNED}"}.get(policy, "true")
    wanted = (
        f"COALESCE(j.location_id, CASE WHEN {may} AND s.location_id <> {UNASSIGNED} "
        f"AND NOT {settled} THEN s.location_id END)"
    )
    moved = f"NULLIF({wanted}, p.location_id)"
    if column == "id":
        return moved
    return f"(SELECT l.code FROM location l WHERE l.id = {moved})"  # noqa: S608


def compare(db: Session, publication: Publication) -> None:
    """Make REVISED and TOUCHED: each matched person's {field: [before, after]}, and all who change.

    Needs the temporary tables of publish.plan.
    """
    words, stage, policies = spelling(db), publication.stage, publication.policies
    run(db, f"CREATE INDEX IF NOT EXISTS {stage.identifiers}_n ON {stage.identifiers} (n)")
    pairs = {name: _difference(words, name, policies) for name in (*_PLAIN, *_BORN)}
    before = "(SELECT l.code FROM location l WHERE l.id = p.location_id)"
    to = policies.of("location")
    pairs["location"] = (
        f"CASE WHEN {_place(to)} IS NOT NULL THEN {words.pair(before, _place(to, 'code'))} END"
    )
    open_pairs = (_attributes(words, policies), _identifiers(words, stage, policies))
    diff = words.merged(words.filled(pairs), *open_pairs)
    make_temporary(
        db,
        REVISED,
        f"SELECT * FROM (SELECT w.n, w.person_id, s.row_no, {diff} AS diff, "  # noqa: S608
        f"{_place(to)} AS location_id FROM {_source(stage)}) c "
        f"WHERE diff <> {words.json(_EMPTY)}",
        index="n",
        **policies.values,
    )
    make_temporary(
        db,
        TOUCHED,
        f"SELECT person_id FROM {REVISED} UNION "  # noqa: S608
        f"SELECT person_id FROM {JOIN} WHERE NOT is_new UNION "
        f"SELECT person_id FROM {JOINER} WHERE NOT is_new",
        index="person_id",
    )


_EMPTY = "'{}'"


def _difference(words: Spelling, name: str, policies: Policies) -> str:
    after = _new_value(name, policies)
    if after == "NULL":
        return "NULL"
    old, new = f"p.{name}", after
    if name == "disability":
        old, new = words.flag(old), words.flag(new)
    pair = words.pair(old, new)
    return f"CASE WHEN {after} IS NOT NULL AND {after} IS DISTINCT FROM p.{name} THEN {pair} END"


def _attributes(words: Spelling, policies: Policies) -> str:
    pair = words.pair("b.value", "a.value")
    return (
        f"(SELECT {words.keyed(_ATTRIBUTE_KEY, pair)} FROM {words.each('s.attributes')} a "  # noqa: S608
        f"LEFT JOIN {words.each('p.attributes')} b ON b.key = a.key "
        f"WHERE a.value IS DISTINCT FROM b.value AND {policies.attributes('b.key IS NOT NULL')})"
    )


_ATTRIBUTE_KEY = "'attribute.' || a.key"


def _identifiers(words: Spelling, stage: Stage, policies: Policies) -> str:
    pair = words.pair("NULL", "i.value")
    key = "'identifier.' || i.type"
    return (
        f"(SELECT {words.keyed(key, pair)} FROM {stage.identifiers} i "  # noqa: S608
        "WHERE i.n = s.n AND NOT EXISTS (SELECT 1 FROM identifier k "
        "WHERE k.type = i.type AND k.normalised = i.normalised) "
        f"AND {policies.identifiers('p.id')})"
    )


def _update(db: Session, publication: Publication) -> None:
    words, policies = spelling(db), publication.policies
    # The aliases of _new_value are s and p; an UPDATE names its own table without one.
    values = {name: _new_value(name, policies) for name in (*_PLAIN, *_BORN)}
    settings = ", ".join(
        f"{name} = COALESCE({value.replace('p.', 'person.')}, person.{name})"
        for name, value in values.items()
        if value != "NULL"
    )
    counting = policies.counting(words, "s.attributes", "person.attributes")
    attributes = words.merged("person.attributes", counting)
    run(
        db,
        f"UPDATE person SET version = person.version + 1, "  # noqa: S608
        f"{settings}{', ' if settings else ''}attributes = {attributes}, "
        "location_id = COALESCE(r.location_id, person.location_id) "
        f"FROM {REVISED} r JOIN {publication.stage.rows} s ON s.n = r.n "
        "WHERE person.id = r.person_id",
        **policies.values,
    )
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff, row_no) "  # noqa: S608
        f"SELECT :batch, 'person', person_id, diff, row_no FROM {REVISED}",
        batch=publication.batch_id,
    )


def _add_identifiers(db: Session, publication: Publication) -> None:
    run(
        db,
        "INSERT INTO identifier (person_id, type, value, normalised) "  # noqa: S608
        "SELECT r.person_id, i.type, i.value, i.normalised "
        f"FROM {REVISED} r JOIN {publication.stage.identifiers} i ON i.n = r.n "
        f"WHERE {publication.policies.identifiers('r.person_id')} "
        "ORDER BY i.n ON CONFLICT DO NOTHING",
        **publication.policies.values,
    )


def _link_keys(db: Session, publication: Publication) -> None:
    """Remember the keys of people matched otherwise, and the digests of what was taken now."""
    run(
        db,
        "INSERT INTO source_key (space_id, key, person_id, digest) "  # noqa: S608
        f"SELECT :space, s.key, f.person_id, s.digest FROM {publication.stage.rows} s "
        f"JOIN {FOUND} f ON f.n = s.n WHERE NOT f.by_key",
        space=publication.spaces.person,
    )
    run(
        db,
        f"UPDATE source_key SET digest = s.digest FROM {publication.stage.rows} s "  # noqa: S608
        f"JOIN {FOUND} f ON f.n = s.n AND f.by_key AND NOT f.same "
        "WHERE source_key.space_id = :space AND source_key.key = s.key",
        space=publication.spaces.person,
    )
