"""Uploaded files: kept under the data directory by a name of ours, readable by the owner only."""

import hashlib
import shutil
from pathlib import Path
from uuid import uuid4

from core.storage.database import data_dir


def keep(path: Path) -> str:
    """Copy a file in; return the name it is kept under, which has the same ending."""
    name = f"{uuid4().hex}{path.suffix.lower()}"
    kept = path_of(name)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(path, kept)
    kept.chmod(0o600)
    return name


def path_of(name: str) -> Path:
    """Return where the file kept under `name` lies."""
    return data_dir() / "uploads" / name


def aside(name: str) -> Path:
    """Return the folder beside a kept file where what was made from it lies."""
    return path_of(f"{Path(name).stem}.made")


def digest(name: str) -> str:
    """Return the SHA-256 of a kept file."""
    with path_of(name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(name: str) -> None:
    """Forget a kept file and all that was made from it."""
    path_of(name).unlink(missing_ok=True)
    shutil.rmtree(aside(name), ignore_errors=True)
