"""Marked values in every field of a higher level: where one turns up, a mask has failed."""

import json
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.domain.criteria import EVERYBODY, Op, where
from core.domain.fields import WASHINGTON_GROUP, Sex
from core.models import AccessEvent, AuditEvent, Change, Identifier, Person
from core.services import beneficiaries, exports, search
from core.storage.columns import PERSON
from core.storage.database import access_transaction, reading, transaction
from tests.security.probes import Asked
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.world import add_batch

PHONE, CARD, ACCOUNT = "ZZCANARY-phone", "ZZCANARY-card", "ZZCANARY-account"
BORN, SCORE = date(1911, 11, 7), Decimal("987654.3210")
ATTRIBUTE = "ZZCANARY-column"
MARKS: dict[int, tuple[str, ...]] = {
    2: (
        PHONE, "ZZCANARY-email", "ZZCANARY-address", CARD, "ZZCANARYCARD", ATTRIBUTE,
        "ZZCANARY-attribute", "ZZCANARY-oldphone", "ZZCANARY-oldcard", "ZZCANARY-oldattribute",
        "1911-11-07", "1911, 11, 7", "7 Nov 1911",
    ),
    3: (ACCOUNT, "ZZCANARY-oldaccount", "987654", "987,654"),
}  # fmt: skip
"""What each level hides from those below it, in every way it may be written."""
MARKED = ("Abeba", "Hawa", "Girma")


def plant() -> None:
    """Put the marks on people of Amina's district, a household's head and member among them, and
    into the history of each."""
    with transaction() as db:
        batch = add_batch(db)
        for at, name in enumerate(MARKED):
            person = db.execute(select(Person).where(PERSON.full_name == name)).scalar_one()
            person.birth_date, person.phone, person.account = BORN, PHONE, ACCOUNT
            person.email, person.address = "ZZCANARY-email", "ZZCANARY-address"
            person.poverty_score, person.sex = SCORE, Sex.FEMALE
            person.attributes = {ATTRIBUTE: "ZZCANARY-attribute"}
            for field in WASHINGTON_GROUP:
                setattr(person, field, 4)
            card = {"type": "card", "value": CARD, "normalised": f"ZZCANARYCARD{at or ''}"}
            db.add(Identifier(person_id=person.id, **card))
            diff = {
                "phone": ["ZZCANARY-oldphone", PHONE],
                "identifier.card": ["ZZCANARY-oldcard", CARD],
                f"attribute.{ATTRIBUTE}": ["ZZCANARY-oldattribute", "ZZCANARY-attribute"],
                "birth_date": ["1911-11-07", "1911-11-07"],
                "account": ["ZZCANARY-oldaccount", ACCOUNT],
                "poverty_score": [1, float(SCORE)],
            }
            db.add(Change(batch_id=batch.id, entity="person", entity_id=person.id, diff=diff))


def questions(visitor: Visitor, _world: World) -> Asked:
    """Yield questions that hold a mark, or a name, themselves."""
    actor, out = visitor.actor, visitor.folder / "asked.csv"
    for text in (PHONE, CARD, ACCOUNT, "ZZCANARYCARD"):
        yield f"search.find {text}", lambda t=text: search.find(actor, t)
    for field, value in (
        ("phone", PHONE),
        ("identifier.card", CARD),
        (f"attribute.{ATTRIBUTE}", "ZZCANARY-attribute"),
        ("birth_date", "1911-11-07"),
        ("account", ACCOUNT),
        ("poverty_score", 987654.321),
        ("full_name", "Abeba"),
    ):
        asked = where(field, Op.IS, value)
        yield f"beneficiaries.count {field}", lambda c=asked: beneficiaries.count(actor, c)
        yield (
            f"beneficiaries.count_by {field}",
            lambda c=asked, f=field: beneficiaries.count_by(actor, c, f),
        )
        yield (
            f"exports.write_export {field}",
            lambda c=asked, f=field: exports.write_export(actor, c, [f], out) and out.read_bytes(),
        )
        yield (
            f"exports.request_download {field}",
            lambda f=field: bool(
                exports.request_download(actor, visitor.session_hash, EVERYBODY, [f])
            ),
        )


def marks_above(level: int) -> list[str]:
    """Return every mark that somebody of this level must never meet."""
    return [mark for hidden, marks in MARKS.items() if hidden > level for mark in marks]


def assert_hidden(level: int, answers: dict[str, str]) -> None:
    """Fail, naming surface and mark, where an answer holds a mark above the level."""
    met = [
        (name, mark)
        for name, said in answers.items()
        for mark in marks_above(level)
        if mark.lower() in said.lower()
    ]
    assert not met, f"shown above level {level}: {met}"


def read_logs() -> str:
    """Return all that both logs hold, as text."""
    lines: list[object] = []
    for opened, event in ((reading, AuditEvent), (access_transaction, AccessEvent)):
        with opened() as db:
            for row in db.execute(select(event)).scalars():
                lines.append([row.actor, row.action, row.subject, row.details])
    return json.dumps(lines, ensure_ascii=False)


def read_accesses() -> list[tuple[str, dict[str, object]]]:
    """Return the actions of the access log with what it says of them, oldest first."""
    event = AccessEvent.__table__.c
    with access_transaction() as db:
        rows = db.execute(select(event.action, event.details).order_by(event.id))
        return [(action, details) for action, details in rows]
