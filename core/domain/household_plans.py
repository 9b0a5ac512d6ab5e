"""What an act on households would write, worked out from how they stand: no input, no output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from core.domain.fields import Relationship, Status
from core.domain.households import (
    NEW,
    Act,
    Area,
    ChangeHead,
    Enrolled,
    Fate,
    Home,
    Kind,
    Member,
    Merge,
    Move,
    MovePeople,
    Outcome,
    Plan,
    Split,
    Step,
    check_days,
    check_words,
)
from core.errors import InvalidInput, NotFound


def plan(act: Act, home: Home, other: Home | None, area: Area | None, today: date) -> Plan:
    """Return what an act would write. `other` is the household that it leads to, `area` the place
    it names. Raises InvalidInput and NotFound for what cannot be done."""
    check_words(act, today)
    if other is not None and other.id == home.id:
        raise InvalidInput("Choose another household than {number}.", number=home.number)
    made = _make(act, home, other, area)
    check_days(act, made)
    return made


def _make(act: Act, home: Home, other: Home | None, area: Area | None) -> Plan:
    if isinstance(act, Move) and area is not None:
        return _move(home, area)
    if isinstance(act, MovePeople):
        return _move_people(act, home, other)
    if isinstance(act, Split):
        return _split(act, home, area or home.area)
    if isinstance(act, Merge) and other is not None:
        return _merge(act, home, other)
    if isinstance(act, ChangeHead):
        return _change_head(act, home)
    raise TypeError(f"{type(act).__name__} lacks a household or a place")


def _move(home: Home, area: Area) -> Plan:
    if area.id == home.area.id:
        raise InvalidInput("The household {number} lives there already.", number=home.number)
    touched = frozenset(one.id for one in home.enrolments if one.ended_on is None)
    return Plan(Kind.MOVE, home, None, area=area, touched=touched)


def _move_people(act: MovePeople, home: Home, other: Home | None) -> Plan:
    going, staying = _divide(home, act.people)
    if other is not None and not staying:
        raise InvalidInput(
            "Everybody would leave the household {number}. Merge the households instead.",
            number=home.number,
        )
    heir, steps = _succeed(act, home, going, staying, act.next_head)
    target = other.id if other else None
    leaving = tuple(Step(m, home, target, False, act.relationships.get(m.uuid)) for m in going)
    sizes = _sizes(home, -len(going), len(staying))
    begins: tuple[Outcome, ...] = ()
    if other is not None:
        sizes |= _sizes(other, len(going), 0)
        holder = other.head or next(iter((*other.members, *going)))
        begins = _begin(home, other, going, holder)
    return Plan(
        Kind.JOIN if other else Kind.LEAVE,
        home,
        other,
        steps=(*leaving, *steps),
        sizes=sizes,
        outcomes=(*_pass_on(home, going, heir), *begins),
        touched=_touched((home, other) if other else (home,), going),
    )


def _split(act: Split, home: Home, area: Area) -> Plan:
    going, staying = _divide(home, act.people)
    if not staying:
        raise InvalidInput(
            "Nobody would stay in the household {number}. Move the household instead.",
            number=home.number,
        )
    head = _find(going, act.head)
    heir, steps = _succeed(act, home, going, staying, act.next_head)
    founding = tuple(
        Step(m, home, NEW, m is head, _relationship(act.relationships, m, head)) for m in going
    )
    begins = _enrol_founded(home, going, head) if act.enrol else ()
    return Plan(
        Kind.SPLIT,
        home,
        None,
        steps=(*founding, *steps),
        area=area,
        sizes=_sizes(home, -len(going), len(staying)),
        outcomes=(*_pass_on(home, going, heir), *begins),
        touched=_touched((home,), going),
    )


def _merge(act: Merge, home: Home, other: Home) -> Plan:
    head = other.head or home.head
    steps = tuple(
        Step(m, home, other.id, m is head, _relationship(act.relationships, m, head))
        for m in home.members
    )
    taken = {one.place for one in other.own}
    holder = head or next(iter((*other.members, *home.members)), None)
    outcomes = []
    for one in home.own:
        if one.ended_on is None and one.place in taken:
            outcomes.append(Outcome(one, Fate.ENDS, home.id, one.person_id))
        elif one.ended_on is None:
            stands = holder.person_id if holder else one.person_id
            outcomes.append(Outcome(one, Fate.PASSES, other.id, stands))
    ending = {outcome.enrolled.id for outcome in outcomes if outcome.fate is Fate.ENDS}
    return Plan(
        Kind.MERGE,
        home,
        other,
        steps=steps,
        sizes=_sizes(other, home.size or len(home.members), 0),
        outcomes=tuple(outcomes),
        touched=_touched((home, other), home.members) - ending,
    )


def _change_head(act: ChangeHead, home: Home) -> Plan:
    head = _find(home.members, act.head)
    if head.is_head:
        raise InvalidInput("{number} is the head already.", number=head.number)
    steps = _lead(act.relationships, home, home.members, head)
    former = [home.head] if home.head else []
    return Plan(
        Kind.HEAD,
        home,
        None,
        steps=steps,
        outcomes=_pass_on(home, former, head),
        touched=_touched((home,), ()),
    )


def _divide(home: Home, people: Iterable[UUID]) -> tuple[list[Member], list[Member]]:
    """Return the members who go and those who stay."""
    wanted = list(dict.fromkeys(people))
    if not wanted:
        raise InvalidInput("Choose at least one member of the household.")
    going = [_find(home.members, uuid) for uuid in wanted]
    return going, [member for member in home.members if member not in going]


def _find(members: Iterable[Member], uuid: UUID) -> Member:
    found = next((member for member in members if member.uuid == uuid), None)
    if found is None:
        raise NotFound("This member")
    return found


def _succeed(
    act: Act, home: Home, going: Sequence[Member], staying: Sequence[Member], next_head: UUID | None
) -> tuple[Member | None, tuple[Step, ...]]:
    """Return who stands for those who stay, and how their memberships change: where the head goes
    somebody must follow."""
    if home.head is not None and home.head in going and staying:
        if next_head is None:
            raise InvalidInput("The head leaves. Choose who heads the household then.")
        head = _find(staying, next_head)
        return head, _lead(act.relationships, home, staying, head)
    return next(iter(staying), None), ()


def _lead(
    given: Mapping[UUID, Relationship], home: Home, members: Iterable[Member], head: Member
) -> tuple[Step, ...]:
    """Return how memberships change under a new head; those that stay as they are are left out."""
    steps = (Step(m, home, home.id, m is head, _relationship(given, m, head)) for m in members)
    return tuple(
        step
        for step in steps
        if (step.is_head, step.relationship) != (step.member.is_head, step.member.relationship)
    )


def _relationship(
    given: Mapping[UUID, Relationship], member: Member, head: Member | None
) -> Relationship | None:
    return Relationship.HEAD if member is head else given.get(member.uuid)


def _sizes(home: Home, more: int, least: int) -> dict[int, int]:
    """Return the household's new reported size, where it has one: it counts people who are not
    registered too, so that it moves with those who come and go."""
    if home.size is None or not more:
        return {}
    return {home.id: max(home.size + more, least)}


def _pass_on(home: Home, going: Iterable[Member], heir: Member | None) -> tuple[Outcome, ...]:
    """Say of the household's own enrolments who stands for it, where the one who did goes."""
    left = {member.person_id for member in going}
    outcomes = []
    for one in home.own:
        if heir is not None and one.person_id in left:
            outcomes.append(Outcome(one, Fate.HOLDER, home.id, heir.person_id))
        elif one.ended_on is None:
            outcomes.append(Outcome(one, Fate.STAYS, home.id, one.person_id))
    return tuple(outcomes)


def _begin(home: Home, other: Home, going: Sequence[Member], holder: Member) -> tuple[Outcome, ...]:
    """Enrol a household that people join who are enrolled where households have a say, and that
    has no enrolment of its own there, in the status of the first of them."""
    taken = {one.place for one in other.own}
    outcomes = []
    for one in _open_of(home, going):
        if one.ruled and one.mine and one.place not in taken:
            taken.add(one.place)
            outcomes.append(Outcome(one, Fate.BEGINS, other.id, holder.person_id))
    return tuple(outcomes)


def _enrol_founded(home: Home, going: Sequence[Member], head: Member) -> tuple[Outcome, ...]:
    """Enrol a founded household where the old one is, in the same status, and where its members
    are and households have a say."""
    taken: set[tuple[int, int]] = set()
    outcomes = []
    own = [one for one in home.own if one.ended_on is None and one.ruled]
    for one in (*own, *(one for one in _open_of(home, (head, *going)) if one.ruled)):
        if one.place in taken or not one.mine:
            continue
        taken.add(one.place)
        full = one.by_household and one.status == Status.ACTIVE and one.free == 0
        fate = Fate.FULL if full else Fate.BEGINS
        outcomes.append(Outcome(one, fate, NEW, head.person_id))
    return tuple(outcomes)


def _open_of(home: Home, members: Iterable[Member]) -> Iterable[Enrolled]:
    """Yield the open enrolments of members as such, in the order of the members."""
    for member in members:
        for one in home.enrolments:
            mine = one.person_id == member.person_id and one.household_id is None
            if mine and one.ended_on is None:
                yield one


def _touched(homes: Iterable[Home], going: Iterable[Member]) -> frozenset[int]:
    """Return the open enrolments of those who go, and all in which households have a say."""
    moved = {member.person_id for member in going}
    return frozenset(
        one.id
        for home in homes
        for one in home.enrolments
        if one.ended_on is None
        and (one.ruled or (one.household_id is None and one.person_id in moved))
    )
