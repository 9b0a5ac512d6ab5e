"""What the lists of one programme show first, as far as their reader may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.criteria import Criteria, level_of
from core.domain.fields import ATTRIBUTE_PREFIX, find_field
from core.domain.permissions import Actor, Permission, require
from core.domain.programme_design import read_design
from core.storage import programmes
from core.storage.database import reading


@dataclass(frozen=True)
class ListDefaults:
    """A programme's usual filter, if it has one, and its columns, each with a label of its own or
    none; no columns mean the usual ones."""

    name: str
    criteria: Criteria | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def find_defaults(actor: Actor, code: str) -> ListDefaults | None:
    """Return what a programme's lists show first, None for one that is not there or beyond the
    actor's grants; fields beyond the actor's level are left out."""
    require(actor, Permission.SEE_PEOPLE)
    with reading() as db:
        programme = programmes.find(db, code)
    scopes = actor.scopes_for(Permission.SEE_PEOPLE)
    if programme is None:
        return None
    reach = [one.level for one in scopes if one.programme_id in (None, programme.id)]
    if not reach:
        return None
    level, design = max(reach), read_design(programme)
    usual = design.default_criteria
    labels = {f"{ATTRIBUTE_PREFIX}{one.name}": one.label for one in design.attribute_schema}
    return ListDefaults(
        design.name,
        usual if usual is not None and level_of(usual) <= level else None,
        {
            name: labels.get(name, "")
            for name in design.list_columns
            if find_field(name).level <= level
        },
    )
