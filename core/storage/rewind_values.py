"""Giving known people their former values back: what one batch changed, weighed field by field.

Serves both ways: a rewind reverts the import's changes, its undo reverts the rewind's. A field is
reverted only where its present value is still the one that the batch wrote.
"""

from sqlalchemy import text
from sqlmodel import Session

from core.domain.fields import ATTRIBUTE_PREFIX, IDENTIFIER_PREFIX, OWN_FIELDS
from core.storage.dialect import Spelling, make_temporary, run, spelling
from core.storage.documents import gone, type_of
from core.storage.rewind_plan import BEYOND

VALUES, KEYS = "former_value", "former_key"
_BACK = "former_values"
_OWN = (*OWN_FIELDS, "registered_on")
_PAIRED = "('birth_date', 'birth_precision')"


def weigh(db: Session, batch_id: int) -> None:
    """Fill VALUES (person_id, key, before, after, ok) and KEYS, the source keys of known people.

    Needs the people out of reach in BEYOND and the memberships that leave in gone(…).
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
    branches = [f"WHEN '{name}' THEN {_is_after(words, f'p.{name}')}" for name in fields]
    value = f"COALESCE({words.plain('d.value', 0)}, {words.plain('d.value', 1)})"
    branches += [
        f"WHEN 'location' THEN {_may_move(words)}",
        f"ELSE CASE WHEN d.key LIKE '{IDENTIFIER_PREFIX}%' THEN EXISTS ("  # noqa: S608
        "SELECT 1 FROM identifier i WHERE i.person_id = p.id AND i.value = "
        f"{value} AND '{IDENTIFIER_PREFIX}' || i.type = d.key) "
        f"WHEN d.key LIKE '{ATTRIBUTE_PREFIX}%' THEN {_attribute_is_after(words)} "
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


def _is_after(words: Spelling, present: str) -> str:
    if words.sqlite:
        return f"{present} IS {words.plain('d.value', 1)}"
    return f"COALESCE(to_jsonb({present}), 'null') = {words.item('d.value', 1)}"


def _attribute_is_after(words: Spelling) -> str:
    name = f"substr(d.key, {len(ATTRIBUTE_PREFIX) + 1})"
    if words.sqlite:
        present = f"(SELECT a.value FROM json_each(p.attributes) a WHERE a.key = {name})"  # noqa: S608
        return f"{present} IS {words.plain('d.value', 1)}"
    return f"COALESCE(p.attributes -> {name}, 'null') = {words.item('d.value', 1)}"


def _may_move(words: Spelling) -> str:
    """The person is where the batch put them, and no household keeps them there."""
    place = "(SELECT l.id FROM location l WHERE l.code = {})"
    former, given = (place.format(words.plain("d.value", at)) for at in (0, 1))
    kept = (
        "EXISTS (SELECT 1 FROM membership m JOIN household h ON h.id = m.household_id "  # noqa: S608
        "WHERE m.person_id = p.id AND m.until IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {gone('membership')} g WHERE g.id = m.id) "
        f"AND h.location_id <> {former})"
    )
    return f"(COALESCE(p.location_id = {given}, false) AND {former} IS NOT NULL AND NOT {kept})"


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
    """Write the former values and note them as changes of the batch `batch_id`."""
    words = spelling(db)
    attribute = f"key LIKE '{ATTRIBUTE_PREFIX}%'"
    inner = f"substr(key, {len(ATTRIBUTE_PREFIX) + 1})"
    former = words.kept("before")
    make_temporary(
        db,
        _BACK,
        f"SELECT person_id, {words.keyed('key', former)} AS diff, "  # noqa: S608
        f"{words.keyed(inner, former)} FILTER (WHERE {attribute}) AS attributes "
        f"FROM {VALUES} WHERE ok GROUP BY person_id",
        index="person_id",
    )
    settings = [_setting(words, name) for name in _changed_fields(db, reverted)]
    settings.append(
        "location_id = COALESCE((SELECT l.id FROM location l WHERE l.code = b.diff ->> 'location'),"
        " person.location_id)"
    )
    settings.append(f"attributes = {_restored_attributes(words)}")
    run(
        db,
        f"UPDATE person SET version = person.version + 1, {', '.join(settings)} "  # noqa: S608
        f"FROM {_BACK} b WHERE b.person_id = person.id",
    )
    run(
        db,
        "UPDATE source_key SET digest = k.before "  # noqa: S608
        f"FROM {KEYS} k WHERE k.before IS NOT NULL AND k.after IS NOT NULL "
        "AND source_key.space_id = k.space_id AND source_key.key = k.key",
    )
    _note(db, batch_id)


def _setting(words: Spelling, name: str) -> str:
    value = f"b.diff ->> '{name}'"
    if not words.sqlite:
        value = f"CAST({value} AS {type_of('person', name)})"
    return (
        f"{name} = CASE WHEN (b.diff -> '{name}') IS NOT NULL THEN {value} ELSE person.{name} END"
    )


def _restored_attributes(words: Spelling) -> str:
    """A former value that was null means: there was no such attribute."""
    if words.sqlite:
        return "json_patch(person.attributes, b.attributes)"
    given = "COALESCE(b.attributes, '{}')"
    empty = f"SELECT array_agg(a.key) FROM jsonb_each({given}) a WHERE a.value = 'null'"  # noqa: S608
    return f"(person.attributes || {given}) - COALESCE(({empty}), CAST('{{}}' AS text[]))"


def _note(db: Session, batch_id: int) -> None:
    words = spelling(db)
    swapped = words.pair(words.kept("after"), words.kept("before"))
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        f"SELECT :batch, 'person', person_id, {words.keyed('key', swapped)} "
        f"FROM {VALUES} WHERE ok GROUP BY person_id",
        batch=batch_id,
    )
    swapped = words.member("name", words.pair("after", "before"))
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        f"SELECT :batch, 'source_key', person_id, {swapped} "
        f"FROM {KEYS}",
        batch=batch_id,
    )
