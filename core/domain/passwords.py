"""Passwords: how they are kept, checked and made up."""

import secrets
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHER = PasswordHasher()
# One check takes 64 MiB and half a second of a core: more at once would starve the pages.
_AT_ONCE = Semaphore(2)


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def check_password(password: str, kept: str) -> bool:
    """Say whether `password` is the one behind the hash `kept`."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept, password)
        except VerificationError:
            return False


def new_password() -> str:
    """Make up a one-time password: 80 bits, without letters that look alike."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
