"""Relationships to a new head: proposed where they follow from the old ones, for somebody to look
at."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import streamlit as st

from core.domain.fields import Relationship
from core.domain.kinship import Proposal
from core.domain.words import label_code
from core.services.households import MemberView
from core.text import _, show_number


def say_member(member: MemberView) -> str:
    return f"{member.name} · {member.number}"


def ask_relationships(
    members: Sequence[MemberView],
    proposals: Mapping[UUID, Proposal | None],
    key: Callable[[UUID], str],
) -> dict[UUID, Relationship]:
    """Ask for the relationships to the head whom each will have; an empty one becomes unknown."""
    if not members:
        return {}
    told: dict[UUID, Relationship] = {}
    proposed = any(one is not None for one in proposals.values())
    checks = sum(one is None or one.check for one in proposals.values())
    with st.expander(_("Relationships to the head, where they are known"), expanded=proposed):
        if proposed:
            st.caption(_say_proposed(checks))
        for member in members:
            said = _ask_one(member, proposals.get(member.uuid), key(member.uuid), marks=proposed)
            if said is not None:
                told[member.uuid] = said
    return told


def _say_proposed(checks: int) -> str:
    if not checks:
        return _("Proposed from what they were to the former head. Correct what is not so.")
    return _(
        "Proposed from what they were to the former head. Correct what is not so; to be checked:"
        " {n}.",
        n=show_number(checks),
    )


def _ask_one(
    member: MemberView, proposal: Proposal | None, key: str, *, marks: bool
) -> Relationship | None:
    options: list[Relationship] = [one for one in Relationship if one is not Relationship.HEAD]
    found = proposal.relationship if proposal else None
    name = say_member(member)
    if marks and (proposal is None or proposal.check):
        name = _("{name}: check", name=name)
    return st.selectbox(
        name,
        options,
        index=options.index(found) if found else None,
        format_func=label_code,
        key=key,
        placeholder=_("Unknown"),
        persist_state="session",
    )
