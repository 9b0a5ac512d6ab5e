"""What a publish did beside making people and revising fields, noted so that it can be taken back.

A new person's own rows follow from the person. Noted are the households made, and for people and
households known before: a membership or a key they got, and the digest a key had before.
"""

from sqlmodel import Session

from core.storage.dialect import ask, run, spelling
from core.storage.importing.matching import FOUND
from core.storage.importing.publish import HOME, JOINER, WORK, Publication


def note(db: Session, publication: Publication) -> None:
    """Keep the traces of one publish; to be called between publish.write and revise.revise."""
    _note_households(db, publication)
    if ask(db, f"SELECT count(*) FROM {FOUND}"):  # noqa: S608
        _note_memberships(db, publication)
        _note_keys(db, publication)


def _note_households(db: Session, publication: Publication) -> None:
    words = spelling(db)
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, row_no) "  # noqa: S608
        f"SELECT :batch, 'household', household_id, row_no FROM {HOME} WHERE is_new",
        batch=publication.batch_id,
    )
    key = words.joined("CAST(:space AS text)", "h.key")
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        "SELECT :batch, 'household_key', h.household_id, "
        f"{words.member(key, words.pair('NULL', 'h.household_id'))} "
        f"FROM {HOME} h WHERE NOT h.linked AND NOT h.is_new",
        batch=publication.batch_id,
        space=publication.spaces.household,
    )


def _note_memberships(db: Session, publication: Publication) -> None:
    words = spelling(db)
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff) "  # noqa: S608
        "SELECT :batch, 'membership', j.person_id, "
        f"{words.member(HOUSEHOLD, words.pair('NULL', 'j.household_id'))} "
        f"FROM {JOINER} j WHERE NOT j.is_new",
        batch=publication.batch_id,
    )


HOUSEHOLD = "'household'"


def _note_keys(db: Session, publication: Publication) -> None:
    """A key given to somebody known, or the digest that a known key is about to lose."""
    words = spelling(db)
    key = words.joined("CAST(:space AS text)", "s.key")
    run(
        db,
        "INSERT INTO change (batch_id, entity, entity_id, diff, row_no) "  # noqa: S608
        "SELECT :batch, 'source_key', w.person_id, "
        f"{words.member(key, words.pair('k.digest', 's.digest'))}, s.row_no "
        f"FROM {WORK} w JOIN {publication.stage.rows} s ON s.n = w.n "
        "LEFT JOIN source_key k ON k.space_id = :space AND k.key = s.key WHERE NOT w.is_new",
        batch=publication.batch_id,
        space=publication.spaces.person,
    )
