"""A folder whose files are opened only when we wrote them ourselves.

Opening a Whoosh index unpickles what it reads, and so runs it: the index is code. Its folder is
ours alone (0700), the SHA-256 of every file stands in a manifest beside the folder, and a file
that is not in the manifest, or differs from it, is never read.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from core.errors import RegistryError

_WAIT_SECONDS = 30.0
_PERMANENT = (".toc", ".seg")
Manifest = dict[str, str]
"""File name -> SHA-256."""


class SearchBusy(RegistryError):
    """Another process is writing the search index."""

    def __init__(self) -> None:
        super().__init__("The search index is being written. Try again in a minute.")


class SearchUnavailable(RegistryError):
    """The search index cannot be used as it is; the text says what to do."""


class VouchedStorage(FileStorage):  # type: ignore[misc] # whoosh has no types
    """Whoosh's own storage, which sees the vouched files and those it writes itself."""

    def __init__(self, folder: Path, names: set[str]) -> None:
        super().__init__(str(folder))
        self._names = names

    def list(self) -> list[str]:
        """Return the files Whoosh may know of."""
        return [name for name in super().list() if name in self._names]

    def create_file(self, name: str, **options: Any) -> Any:  # noqa: ANN401 - a StructFile
        """Create a file, which is ours from then on."""
        self._names.add(name)
        return super().create_file(name, **options)

    def open_file(self, name: str, **options: Any) -> Any:  # noqa: ANN401 - a StructFile
        """Open one of the files Whoosh may know of."""
        if name not in self._names:
            raise FileNotFoundError(name)
        return super().open_file(name, **options)

    def file_exists(self, name: str) -> bool:
        """Say whether Whoosh may know of a file; asked once for every posting written."""
        return name in self._names

    def delete_file(self, name: str) -> None:
        """Delete a file of ours."""
        super().delete_file(name)
        self._names.discard(name)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Rename a file of ours."""
        super().rename_file(oldname, newname, safe=safe)
        self._names.discard(oldname)
        self._names.add(newname)


class VouchedFolder:
    """The folder `name` under `parent`, with its manifest and its lock beside it.

    `form` numbers what the files mean: files of another form count as missing.
    """

    def __init__(self, parent: Path, name: str, form: int) -> None:
        self.path = parent / name
        self._manifest = parent / f"{name}.manifest-{form}.json"
        self._lock = parent / f"{name}.lock"

    def storage(self, manifest: Manifest) -> VouchedStorage:
        """Return the storage that shows the files of `manifest`."""
        return VouchedStorage(self.path, set(manifest))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other writer out; raises SearchBusy where that takes too long."""
        with self._lock.open("a", encoding="ascii") as file:
            self._lock.chmod(0o600)
            until = time.monotonic() + _WAIT_SECONDS
            while not _try_lock(file.fileno()):
                if time.monotonic() > until:
                    raise SearchBusy
                time.sleep(0.05)
            yield

    def read_manifest(self) -> Manifest | None:
        """Return what the folder should hold; None where there is no readable manifest."""
        try:
            found = json.loads(self._manifest.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        sound = isinstance(found, dict) and all(isinstance(v, str) for v in found.values())
        return found if sound else None

    def is_true(self, manifest: Manifest, known: Manifest) -> bool:
        """Say whether folder and files are as we left them; files in `known` were checked."""
        if not self._is_private():
            return False
        fresh = (name for name, digest in manifest.items() if known.get(name) != digest)
        return all(_digest(self.path / name) == manifest[name] for name in fresh)

    def vouch(self) -> Manifest:
        """Write down the files as they are now, in one step; call it inside `writing`."""
        names = sorted(p.name for p in self.path.iterdir() if p.suffix in _PERMANENT)
        manifest = {name: _digest(self.path / name) or "" for name in names}
        draft = self._manifest.with_suffix(".new")
        draft.write_text(json.dumps(manifest), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(self._manifest)
        return manifest

    def sweep(self, keep: Manifest) -> None:
        """Remove what is not in `keep`: leftovers of a killed writer, or somebody's present."""
        for found in self.path.iterdir():
            if found.is_dir() and not found.is_symlink():
                shutil.rmtree(found)
            elif found.name not in keep and not found.name.endswith("LOCK"):
                found.unlink()

    def empty(self) -> None:
        """Make the folder anew, private and without a file; call it inside `writing`."""
        self._manifest.unlink(missing_ok=True)
        if self.path.is_symlink():
            self.path.unlink()
        self.path.mkdir(mode=0o700, exist_ok=True)
        if self.path.stat().st_uid != os.getuid():
            raise SearchUnavailable(
                "The search index folder {folder} in the data directory belongs to another "
                "user. Remove it; it is built again by itself.",
                folder=self.path.name,
            )
        self.path.chmod(0o700)
        self.sweep({})

    def _is_private(self) -> bool:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return False
        # lstat: a symbolic link has other bits and is not ours to follow.
        return (found.st_uid, found.st_mode) == (os.getuid(), 0o040700)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _digest(path: Path) -> str | None:
    if path.is_symlink():
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
