"""The timeline of a person or household by its number, as the command line asks for it."""

from collections.abc import Sequence

from core.domain.permissions import Actor, Permission, require
from core.errors import NotFound
from core.storage import timelines
from core.storage.audit import record_access
from core.storage.database import reading
from core.storage.timeline import WHOLE, Choice, Item, choose
from core.storage.timelines import HOUSEHOLD_SUBJECT, PERSON_SUBJECT, names_household


def of_number(
    actor: Actor, number: str, choice: Choice = WHOLE, *, household: bool = False
) -> Sequence[Item]:
    """Return the timeline of whom a registration number leads to, or of the `household` they live
    in; a household's own number leads to it.

    Raises NotFound for nobody and for somebody outside the actor's grants.
    """
    require(actor, Permission.SEE_PEOPLE)
    is_home = names_household(number)
    subject = HOUSEHOLD_SUBJECT if household or is_home else PERSON_SUBJECT
    with reading() as db:
        uuid = timelines.find_uuid(db, actor, subject, number)
        if uuid is None:
            raise _unknown(number)
        try:
            told = timelines.read(db, actor, subject, uuid)
        except NotFound:
            raise _unknown(number) from None
    items = choose(told.items, choice)
    named = f"household:{uuid}" if subject == HOUSEHOLD_SUBJECT else str(uuid)
    record_access(actor.name, "view", named, items=len(items))
    return items


def _unknown(number: str) -> NotFound:
    if names_household(number):
        return NotFound("The household with the number {number}", number=number)
    return NotFound("The person with the number {number}", number=number)
