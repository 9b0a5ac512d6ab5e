"""Errors a user may see: what happened, in the user's words, and what to do next."""

from collections.abc import Iterable


class RegistryError(Exception):
    """Base of every expected failure; its text is safe to show. Anything else is a bug."""


class NotFound(RegistryError):
    """The thing is not there, or not the actor's to see: the two look the same."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} was not found.")


class NotAllowed(RegistryError):
    """The actor holds no grant that allows the act."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(
            f"Your account has no permission to {permission}. Ask an administrator for a grant."
        )


class NotSignedIn(RegistryError):
    """No valid session stands behind the request."""

    def __init__(self) -> None:
        super().__init__("Your session has ended. Sign in again.")


class InvalidCriteria(RegistryError):
    """A condition names an unknown field, a wrong operator or a wrong type of value."""


class Conflict(RegistryError):
    """Somebody else changed the record in between."""


class UnreadableFile(RegistryError):
    """The file cannot be read as a table; the text says why and what to do."""


class UnsafeMapping(RegistryError):
    """Columns whose meaning is not certain enough to import without a person's word."""

    def __init__(self, headers: Iterable[str]) -> None:
        self.headers = tuple(headers)
        names = ", ".join(f"“{header}”" for header in self.headers)
        super().__init__(
            f"Cannot tell safely what these columns hold: {names}. "
            "Choose their fields on the import page or in a mapping file."
        )


class InvalidInput(RegistryError):
    """A value given by the user is not acceptable; the text says which and why."""
