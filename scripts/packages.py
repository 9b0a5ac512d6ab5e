"""System programs that tests need: found where they are, or installed with apt-get by root."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from environment import stop


def find_or_install(find: Callable[[], Path | None], what: str, *packages: str) -> Path:
    """What `find` finds, if need be after installing these Debian packages.

    Stops with the name of what is missing when this machine or this user cannot install it.
    """
    found = find()
    if found is None and os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        install(*packages)
        found = find()
    if found is None:
        raise stop(
            f"{what} was not found. Install it (Debian and Ubuntu: "
            f"sudo apt-get install {' '.join(packages)}) and run this again."
        )
    return found


def install(*packages: str) -> None:
    """Install Debian packages without questions."""
    sys.stdout.write(f"Installing {' '.join(packages)} …\n")
    sys.stdout.flush()
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-q=2"],
        ["install", "-q=2", "--yes", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(["apt-get", *words], env=quiet, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise stop(f"apt-get {words[0]} failed; what it says stands above.")


def chromium() -> Path | None:
    """The browser that the browser tests drive, or None."""
    named = os.environ.get("CASELOAD_CHROMIUM")
    for name in (named, "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return Path(found)
    return None
