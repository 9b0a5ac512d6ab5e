"""The project's own Python environment in .venv: made once, brought up to date by hash."""

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INSTALLED = VENV / "installed.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stop(sentence: str) -> "SystemExit":
    """The failure that names its remedy, for `raise stop(…)`; the exit status is 2."""
    sys.stderr.write(sentence + "\n")
    return SystemExit(2)


def ensure(*requirements: str) -> Path:
    """Make .venv and install what these pinned files list; return its Python.

    A file whose hash is unchanged since its last complete installation is skipped, so that a
    second start is immediate and needs no network.
    """
    if sys.version_info < (3, 11):
        raise stop(f"Caseload needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    wanted = {name: _digest(ROOT / name) for name in requirements}
    known = _installed()
    missing = [name for name, digest in wanted.items() if known.get(name) != digest]
    if missing:
        _make_venv()
        _install(missing)
        INSTALLED.write_text(json.dumps(known | wanted, indent=2), encoding="utf-8")
    return PYTHON


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _installed() -> dict[str, str]:
    if not (INSTALLED.exists() and PYTHON.exists()):
        return {}
    known: dict[str, str] = json.loads(INSTALLED.read_text(encoding="utf-8"))
    return known


def _make_venv() -> None:
    if PYTHON.exists():
        return
    sys.stdout.write("Making the environment in .venv (once) …\n")
    sys.stdout.flush()
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, ImportError) as failure:
        raise stop(
            "This Python cannot make environments. On Debian and Ubuntu install it with: "
            "apt-get install python3-venv"
        ) from failure


def _install(files: list[str]) -> None:
    sys.stdout.write(f"Installing {' and '.join(files)} …\n")
    sys.stdout.flush()
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
    for name in files:
        command += ["-r", name]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise stop("The packages could not be installed; what pip says stands above.")
