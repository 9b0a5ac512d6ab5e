"""The criteria of a programme as sentences, with the names of its attributes and of areas."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.domain.criteria import Criteria, Group, Op, conditions
from core.domain.fields import ATTRIBUTE_PREFIX
from core.domain.permissions import Actor
from core.domain.programme_design import Design, criteria_of
from core.domain.words import describe
from core.errors import NotFound
from core.services import locations


@dataclass(frozen=True)
class Names:
    """What fields are called in sentences, by the names of attributes, and areas by their codes."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def say(self, criteria: Criteria) -> str:
        """Return the sentence of criteria."""
        labels = {f"{ATTRIBUTE_PREFIX}{name}": said for name, said in self.attributes.items()}
        return describe(_relabel(criteria, labels), self.places)


def name_all(actor: Actor, designs: Sequence[Design]) -> Names:
    """Return the names that the sentences of designs need; the last one's attributes count most."""
    labels = {one.name: one.label for design in designs for one in design.attribute_schema}
    return find_names(actor, labels, [one for design in designs for one in criteria_of(design)])


def find_names(actor: Actor, attributes: Mapping[str, str], asked: Iterable[Criteria]) -> Names:
    """Return the names that the sentences of criteria need, those of attributes being known."""
    areas = (one for criteria in asked for one in conditions(criteria) if one.op is Op.WITHIN)
    codes = sorted({str(code) for one in areas for code in one.values})
    return Names(attributes, {code: _name_place(actor, code) for code in codes})


def _name_place(actor: Actor, code: str) -> str:
    try:
        return locations.list_ancestors(actor, code)[-1].name
    except NotFound:
        return code


def _relabel(criteria: Criteria, labels: Mapping[str, str]) -> Criteria:
    if isinstance(criteria, Group):
        return replace(criteria, parts=tuple(_relabel(one, labels) for one in criteria.parts))
    label = labels.get(criteria.field.name, criteria.field.label)
    return replace(criteria, field=replace(criteria.field, label=label))
