"""What members are to a new head: what follows is proposed, the rest is to be checked."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from core.domain.fields import Relationship as R
from core.domain.kinship import Proposal, propose


@dataclass(frozen=True)
class Kin:
    uuid: UUID
    is_head: bool
    relationship: R | None


def family(*parts: R | None) -> list[Kin]:
    return [Kin(uuid4(), part is R.HEAD, part) for part in parts]


def test_the_old_head_becomes_the_spouse_of_their_spouse_and_children_stay_children() -> None:
    old, new, child, mother, worker, unknown = family(
        R.HEAD, R.SPOUSE, R.CHILD, R.PARENT, R.EMPLOYEE, None
    )
    found = propose([old, new, child, mother, worker, unknown], new.uuid)

    assert found == {
        old.uuid: Proposal(R.SPOUSE, check=False),
        child.uuid: Proposal(R.CHILD, check=False),
        mother.uuid: Proposal(None, check=True),
        worker.uuid: Proposal(R.EMPLOYEE, check=False),
        unknown.uuid: Proposal(None, check=True),
    }


def test_a_child_who_leads_has_parents_and_siblings_and_a_second_parent_is_checked() -> None:
    old, wife, new, sister = family(R.HEAD, R.SPOUSE, R.CHILD, R.CHILD)
    found = propose([old, wife, new, sister], new.uuid)

    assert [found[one.uuid] for one in (old, wife, sister)] == [
        Proposal(R.PARENT, check=False),
        Proposal(R.PARENT, check=True),
        Proposal(R.SIBLING, check=False),
    ]


def test_without_a_head_before_nothing_is_proposed() -> None:
    one, other = family(None, R.CHILD)
    assert propose([one, other], one.uuid) == {}
    assert propose([one, other], None) == {}


def test_whoever_is_no_relative_of_the_old_head_says_nothing_of_their_own_kin() -> None:
    old, new, other = family(R.HEAD, R.NOT_RELATED, R.NOT_RELATED)
    found = propose([old, new, other], new.uuid)
    assert found == {
        old.uuid: Proposal(R.NOT_RELATED, check=False),
        other.uuid: Proposal(None, check=True),
    }
