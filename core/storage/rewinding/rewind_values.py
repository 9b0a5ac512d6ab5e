"""Giving known people their former values back: what one batch changed, weighed field by field.

Households have theirs in rewind_homes, which also settles the places that both share.

Serves both ways: a rewind reverts the import's changes, its undo reverts the rewind's. A field is
reverted only where its present value is still the one that the batch wrote.
"""

from collections.abc import Collection

from sqlalchemy import text
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX, OWN_FIELDS
from core.storage.dialect import Spelling, make_temporary, run, spelling
from core.storage.documents import gone, type_of
from core.storage.rewinding.rewind_reach import BEYOND

VALUES, KEYS = "former_value", "former_key"
_BACK = "former_values"
_OWN = (*OWN_FIELDS, "registered_on")
_PAIRED = "('birth_date', 'birth_precision')"


def weigh(db: Session, batch_id: int) -> None:
    """Fill VALUES (person_id, key, before, after, ok) and KEYS, the source keys of known people.

    Needs the people out of reach in BEYOND. Of a place only the person is asked here.
    """
    words = spelling(db)
    make_temporary(
        db,
        VALUES,
        "SELECT p.id AS person_id, d.key AS key, "  # noqa: S608
        f"{words.item('d.value', 0)} AS before, {words.item('d.value', 1)} AS after, "
        f"(p.merged_into_id IS NULL AND NOT {_beyond('p.id')} AND {_unmoved(db, batch_id)}) AS ok "
        f"FROM change c CROSS JOIN {words.each('c.diff')} d JOIN person p ON p.id = c.entity_id "
        "WHERE c.batch_id = :batch AND c.entity = 'person' AND c.diff IS NOT NULL",
        index="person_id",
        batch=batch_id,
    )
    # A birth date and how exactly it is known go back together.
    run(
        db,
        f"UPDATE {VALUES} SET ok = false WHERE ok AND key IN {_PAIRED} AND EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {VALUES} o WHERE o.person_id = {VALUES}.person_id "
        f"AND o.key IN {_PAIRED} AND NOT o.ok)",
    )
    make_temporary(
        db,
        KEYS,
        "SELECT k.person_id, k.space_id, k.key, d.key AS name, "  # noqa: S608
        f"{words.plain('d.value', 0)} AS before, {words.plain('d.value', 1)} AS after "
        f"FROM change c CROSS JOIN {words.each('c.diff')} d "
        "JOIN source_key k ON k.person_id = c.entity_id "
        f"AND {words.joined('CAST(k.space_id AS text)', 'k.key')} = d.key "
        "WHERE c.batch_id = :batch AND c.entity = 'source_key' AND k.digest = "
        f"COALESCE({words.plain('d.value', 1)}, {words.plain('d.value', 0)}) "
        f"AND NOT {_beyond('k.person_id')}",
        index="person_id",
        batch=batch_id,
    )


def _beyond(person: str) -> str:
    return f"EXISTS (SELECT 1 FROM {BEYOND} b WHERE b.id = {person})"  # noqa: S608


def _unmoved(db: Session, batch_id: int) -> str:
    """Write the condition that a field of person p still is as the batch left it."""
    words = spelling(db)
    fields = _changed_fields(db, batch_id)
    branches = [f"WHEN '{name}' THEN {is_after(words, f'p.{name}')}" for name in fields]
    value = f"COALESCE({words.plain('d.value', 0)}, {words.plain('d.value', 1)})"
    branches += [
        f"WHEN 'location' THEN {is_there(words, 'p')}",
        f"ELSE CASE WHEN d.key LIKE '{IDENTIFIER_PREFIX}%' THEN EXISTS ("  # noqa: S608
        "SELECT 1 FROM identifier i WHERE i.person_id = p.id AND i.value = "
        f"{value} AND '{IDENTIFIER_PREFIX}' || i.type = d.key) "
        f"WHEN d.key LIKE '{ATTRIBUTE_PREFIX}%' THEN {attribute_is_after(words, 'p')} "
        "ELSE false END",
    ]
    return f"CASE d.key {' '.join(branches)} END"


def _changed_fields(db: Session, batch_id: int) -> list[str]:
    """Return the columns of people that a batch changed in somebody."""
    found = db.execute(
        text(
            f"SELECT DISTINCT d.key FROM change c CROSS JOIN {spelling(db).each('c.diff')} d "  # noqa: S608
            "WHERE c.batch_id = :batch AND c.entity = 'person' AND c.diff IS NOT NULL"
        ),
        {"batch": batch_id},
    )
    changed = set(found.scalars())
    return [name for name in _OWN if name in changed]


def is_after(words: Spelling, present: str) -> str:
    """Write the condition that a column still has the value of a change d."""
    if words.sqlite:
        return f"{present} IS {words.plain('d.value', 1)}"
    return f"COALESCE(to_jsonb({present}), 'null') = {words.item('d.value', 1)}"


def attribute_is_after(words: Spelling, alias: str) -> str:
    """Write the condition that an attribute still has the value of a change d."""
    name = f"substr(d.key, {len(ATTRIBUTE_PREFIX) + 1})"
    if words.sqlite:
        present = f"(SELECT a.value FROM json_each({alias}.attributes) a WHERE a.key = {name})"  # noqa: S608
        return f"{present} IS {words.plain('d.value', 1)}"
    return f"COALESCE({alias}.attributes -> {name}, 'null') = {words.item('d.value', 1)}"


def is_there(words: Spelling, alias: str) -> str:
    """Write the condition that a place still is that of a change d, and the former one exists."""
    place = "(SELECT l.id FROM location l WHERE l.code = {})"
    former, given = (place.format(words.plain("d.value", at)) for at in (0, 1))
    return f"(COALESCE({alias}.location_id = {given}, false) AND {former} IS NOT NULL)"


def name_leaving(db: Session) -> None:
    """Name the identifiers and keys that leave: of people who leave, and of known people."""
    words = spelling(db)
    value = f"COALESCE({words.as_text('v.after')}, '')"
    make_temporary(
        db,
        gone("identifier"),
        f"SELECT i.id FROM identifier i JOIN {gone('person')} g ON g.id = i.person_id "  # noqa: S608
        f"UNION SELECT i.id FROM {VALUES} v JOIN identifier i ON i.person_id = v.person_id "
        f"AND '{IDENTIFIER_PREFIX}' || i.type = v.key AND i.value = {value} WHERE v.ok",
        index="id",
    )
    make_temporary(
        db,
        gone("source_key"),
        "SELECT k.space_id, k.key FROM source_key k "  # noqa: S608
        f"JOIN {gone('person')} g ON g.id = k.person_id "
        f"UNION SELECT space_id, key FROM {KEYS} WHERE before IS NULL",
        index="key",
    )


def give_back(db: Session, reverted: int, batch_id: int) -> None:
    """Write people's former values and digests, and note them as changes of `batch_id`."""
    write_former(db, "person", VALUES, _changed_fields(db, reverted))
    run(
        db,
        "UPDATE source_key SET digest = k.before "  # noqa: S608
        f"FROM {KEYS} k WHERE k.before IS NOT NULL AND k.after IS NOT NULL "
        "AND source_key.space_id = k.space_id AND source_key.key = k.key",
    )
    note_former(db, "person", VALUES, batch_id)
    _note_keys(db, batch_id)


def write_former(db: Session, entity: str, values: str, fields: Collection[str]) -> None:
    """Write the former values of people or households, of the own columns `fields`, places and
    attributes, where the table `values` says that they may go back; note them nowhere."""
    words, holder = spelling(db), f"{entity}_id"
    attribute = f"key LIKE '{ATTRIBUTE_PREFIX}%'"
    inner = f"substr(key, {len(ATTRIBUTE_PREFIX) + 1})"
    former = words.kept("before")
    make_temporary(
        db,
        _BACK,
        f"SELECT {holder}, {words.keyed('key', former)} AS diff, "  # noqa: S608
        f"{words.keyed(inner, former)} FILTER (WHERE {attribute}) AS attributes "
        f"FROM {values} WHERE ok GROUP BY {holder}",
        index=holder,
    )
    settings = [_setting(words, entity, name) for name in fields]
    settings.append(
        "location_id = COALESCE((SELECT l.id FROM location l WHERE l.code = "  # noqa: S608
        f"b.diff ->> 'location'), {entity}.location_id)"
    )
    settings.append(f"attributes = {_restored_attributes(words, entity)}")
    run(
        db,
        f"UPDATE {entity} SET version = {entity}.version + 1, {', '.join(settings)} "  # noqa: S608
        f"FROM {_BACK} b WHERE b.{holder} = {entity}.id",
    )


def _setting(words: Spelling, entity: str, name: str) -> str:
    value = f"b.diff ->> '{name}'"
    if not words.sqlite:
        value = f"CAST({value} AS {type_of(entity, name)})"
    return (
        f"{name} = CASE WHEN (b.diff -> '{name}') IS NOT NULL THEN {value} ELSE {entity}.{name} END"
    )


def _restored_attributes(words: Spelling, entity: str) -> str:
    """A former value that was null means: there was no such attribute."""
    if words.sqlite:
        return f"json_patch({entity}.attributes, b.attributes)"
    given = "COALESCE(b.attributes, '{}')"
    empty = f"SELECT array_agg(a.key) FROM jsonb_each({given}) a WHERE a.value = 'null'"  # noqa: S608
    return f"({entity}.attributes || {given}) - COALESCE(({empty}), CAST('{{}}' AS text[]))"


def note_former(db: Session, entity: str, values: str, batch_id: int) -> None:
    """Note the former values that went back as changes of the batch `batch_id`."""
    words = spelling(db)
    swapped = words.pair(words.kept("after"), words.kept("before"))
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        f"SELECT :batch, '{entity}', {entity}_id, {words.keyed('key', swapped)} "
        f"FROM {values} WHERE ok GROUP BY {entity}_id",
        batch=batch_id,
    )


def _note_keys(db: Session, batch_id: int) -> None:
    swapped = spelling(db).member("name", spelling(db).pair("after", "before"))
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        f"SELECT :batch, 'source_key', person_id, {swapped} "
        f"FROM {KEYS}",
        batch=batch_id,
    )
