"""What members of a household are to a new head, as far as it follows from what they were to the
former one: proposals that somebody looks at, never facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.domain.fields import Relationship

_R = Relationship
_OUTSIDE = (_R.EMPLOYEE, _R.NOT_RELATED)
_FOLLOWS: Mapping[Relationship, Mapping[Relationship, Relationship]] = {
    _R.SPOUSE: {_R.HEAD: _R.SPOUSE, _R.CHILD: _R.CHILD, _R.GRANDCHILD: _R.GRANDCHILD},
    _R.CHILD: {
        _R.HEAD: _R.PARENT,
        _R.CHILD: _R.SIBLING,
        _R.PARENT: _R.GRANDPARENT,
        _R.SIBLING: _R.UNCLE_AUNT,
    },
    _R.PARENT: {_R.HEAD: _R.CHILD, _R.CHILD: _R.GRANDCHILD},
    _R.SIBLING: {
        _R.HEAD: _R.SIBLING,
        _R.SIBLING: _R.SIBLING,
        _R.PARENT: _R.PARENT,
        _R.GRANDPARENT: _R.GRANDPARENT,
        _R.UNCLE_AUNT: _R.UNCLE_AUNT,
        _R.CHILD: _R.OTHER_RELATIVE,
    },
    _R.GRANDCHILD: {_R.HEAD: _R.GRANDPARENT, _R.SIBLING: _R.OTHER_RELATIVE},
    _R.GRANDPARENT: {_R.HEAD: _R.GRANDCHILD, _R.SIBLING: _R.GRANDCHILD},
    _R.UNCLE_AUNT: {_R.HEAD: _R.OTHER_RELATIVE},
    _R.OTHER_RELATIVE: {_R.HEAD: _R.OTHER_RELATIVE},
    _R.NOT_RELATED: {_R.HEAD: _R.NOT_RELATED},
}
"""By what the new head was to the former one: what follows from a member's old relationship."""
_LIKELY: Mapping[Relationship, Mapping[Relationship, Relationship]] = {
    _R.CHILD: {_R.SPOUSE: _R.PARENT},
    _R.PARENT: {_R.PARENT: _R.SPOUSE, _R.SIBLING: _R.CHILD},
    _R.GRANDPARENT: {_R.GRANDPARENT: _R.SPOUSE, _R.PARENT: _R.CHILD},
    _R.GRANDCHILD: {_R.SPOUSE: _R.GRANDPARENT},
}
"""What is likely and has to be asked."""


class Kin(Protocol):
    """A member of a household under its former head."""

    @property
    def uuid(self) -> UUID: ...
    @property
    def is_head(self) -> bool: ...
    @property
    def relationship(self) -> Relationship | None: ...


@dataclass(frozen=True)
class Proposal:
    """A relationship to the new head; with `check` it does not follow and must be looked at."""

    relationship: Relationship | None
    check: bool


def propose(members: Sequence[Kin], head: UUID | None) -> dict[UUID, Proposal]:
    """Return what everybody but the new head would be to them; empty where nobody led before or
    the new head is not among the members."""
    new = next((one for one in members if one.uuid == head), None)
    if new is None or not any(one.is_head for one in members):
        return {}
    return {one.uuid: _propose(one, new) for one in members if one is not new}


def _propose(member: Kin, head: Kin) -> Proposal:
    was, of_head = _part(member), _part(head)
    if was is None or of_head is None:
        return Proposal(None, check=True)
    if was in _OUTSIDE and of_head not in _OUTSIDE:
        return Proposal(was, check=False)
    if found := _FOLLOWS.get(of_head, {}).get(was):
        return Proposal(found, check=False)
    return Proposal(_LIKELY.get(of_head, {}).get(was), check=True)


def _part(member: Kin) -> Relationship | None:
    return Relationship.HEAD if member.is_head else member.relationship
