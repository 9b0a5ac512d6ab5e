"""Who may do what: permissions, roles, field levels, and the actor who holds grants."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotAllowed


class Permission(StrEnum):
    """The value completes the sentence "no permission to …"."""

    SEE_PEOPLE = "see people"
    EXPORT = "download lists"
    IMPORT = "import files"
    TRANSITION = "move people through statuses"
    DESIGN = "change programmes"
    HANDLE_CASES = "handle cases"
    APPROVE = "approve requests"
    ADMINISTER = "change settings and users"
    READ_LOGS = "read the logs"


class Role(StrEnum):
    VIEWER = "VIEWER"
    ME_OFFICER = "ME_OFFICER"
    ANALYST = "ANALYST"
    PROGRAMME_MANAGER = "PROGRAMME_MANAGER"
    GRIEVANCE_OFFICER = "GRIEVANCE_OFFICER"
    APPROVER = "APPROVER"
    ADMINISTRATOR = "ADMINISTRATOR"
    AUDITOR = "AUDITOR"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.SEE_PEOPLE}),
    Role.ME_OFFICER: frozenset({_P.SEE_PEOPLE, _P.EXPORT}),
    Role.ANALYST: frozenset({_P.SEE_PEOPLE, _P.EXPORT, _P.IMPORT}),
    Role.PROGRAMME_MANAGER: frozenset({_P.SEE_PEOPLE, _P.EXPORT, _P.TRANSITION, _P.DESIGN}),
    Role.GRIEVANCE_OFFICER: frozenset({_P.SEE_PEOPLE, _P.HANDLE_CASES}),
    Role.APPROVER: frozenset({_P.SEE_PEOPLE, _P.APPROVE}),
    Role.ADMINISTRATOR: frozenset({_P.ADMINISTER, _P.DESIGN}),
    Role.AUDITOR: frozenset({_P.READ_LOGS}),
}
LEVELS: dict[Role, int] = {
    Role.VIEWER: 1,
    Role.ME_OFFICER: 2,
    Role.ANALYST: 2,
    Role.PROGRAMME_MANAGER: 2,
    Role.GRIEVANCE_OFFICER: 2,
    Role.APPROVER: 3,
    Role.ADMINISTRATOR: 0,
    Role.AUDITOR: 0,
}
"""The highest field level a role may see, filter, sort, group and search by."""


ROOT_PATH = "1/"
"""The path of the root area: a grant there is one for the whole country."""


@dataclass(frozen=True)
class Scope:
    """One grant in force: a role over the subtree under `path`, in one programme or in all."""

    role: Role
    path: str
    programme_id: int | None = None

    @property
    def level(self) -> int:
        return LEVELS[self.role]


@dataclass(frozen=True)
class Actor:
    """Somebody who acts, with the grants in force when the transaction began."""

    user_id: int
    name: str
    scopes: tuple[Scope, ...]
    language: str = "en"

    def allows(self, permission: Permission) -> bool:
        """Say whether any grant gives `permission`, over whatever rows."""
        return any(permission in PERMISSIONS[scope.role] for scope in self.scopes)

    def scopes_for(self, permission: Permission, level: int = 0) -> tuple[Scope, ...]:
        """Return the grants that give `permission` at field level `level` or above."""
        return tuple(
            scope
            for scope in self.scopes
            if permission in PERMISSIONS[scope.role] and scope.level >= level
        )


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless some grant of the actor gives `permission`."""
    if not actor.allows(permission):
        raise NotAllowed(permission)


def may_design(actor: Actor, programme_id: int | None) -> bool:
    """Say whether the actor may change a programme, or add one (None): an administrator any, a
    manager what a grant over the whole country covers."""
    return any(
        Permission.ADMINISTER in PERMISSIONS[scope.role]
        or (scope.path == ROOT_PATH and scope.programme_id in (None, programme_id))
        for scope in actor.scopes_for(Permission.DESIGN)
    )


def roles_with(*permissions: Permission) -> tuple[Role, ...]:
    """Return the roles that give any of these permissions."""
    return tuple(role for role in Role if PERMISSIONS[role] & set(permissions))
