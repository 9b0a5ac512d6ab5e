"""Secrets of sources, encrypted at rest: in the database stands what the key alone can read.

The key is CASELOAD_SECRET_KEY (several, split by commas, while an old one is being retired), or a
file beside the database that only its owner can read, made at the first use.
"""

import json
import os
from collections.abc import Mapping
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import RegistryError
from core.settings import read_settings
from core.storage.database import data_dir

KEY_FILE = "secret.key"


class SecretsUnreadable(RegistryError):
    """What was encrypted cannot be read with the present key."""


def encrypt(values: Mapping[str, str]) -> str:
    """Return secrets by name as one encrypted text."""
    return _cipher().encrypt(json.dumps(dict(values)).encode()).decode()


def decrypt(text: str | None) -> dict[str, str]:
    """Return what was encrypted; raises SecretsUnreadable when the key has changed since."""
    if not text:
        return {}
    try:
        return dict(json.loads(_cipher().decrypt(text.encode())))
    except InvalidToken:
        raise SecretsUnreadable(
            "The secrets of this source were encrypted with another key. Set them anew, or bring "
            "the former CASELOAD_SECRET_KEY back."
        ) from None


def _cipher() -> MultiFernet:
    said = read_settings().secret_key
    keys = said.split(",") if said else [_kept_key()]
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys])
    except ValueError:
        raise SecretsUnreadable(
            "CASELOAD_SECRET_KEY is no valid key. It is 32 random bytes in URL-safe base 64."
        ) from None


def _kept_key() -> str:
    path = data_dir() / KEY_FILE
    if not path.exists():
        # Written whole under another name and then linked: of two processes that make one at the
        # same time, the first one's counts for both.
        fresh = path.with_name(f"{KEY_FILE}.{uuid4().hex}")
        with open(fresh, "wb", opener=_private) as file:
            file.write(Fernet.generate_key())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii")


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
