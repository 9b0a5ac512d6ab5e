"""A private PostgreSQL server for tests and benchmarks: own directory, free port, then gone."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import stop
from packages import find_or_install

OLDEST = 15
ATTEMPTS = 5
URL_VARIABLE = "CASELOAD_TEST_POSTGRES_URL"
SETTINGS = {"shared_buffers": "256MB", "max_connections": "200", "max_wal_size": "4GB"}
# What a test writes need not survive a power cut; each of these saves waiting for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def server(*, fast: bool) -> Iterator[str]:
    """Start a server, yield its superuser address, then stop it and remove its files.

    `fast` gives up durability, which tests do not need and benchmarks must not miss.
    """
    programs = find_or_install(
        _newest_programs, f"PostgreSQL {OLDEST} or newer (its server programs)", "postgresql"
    )
    user = _ordinary_user()
    home = _own_directory(user)
    data = home / "data"
    try:
        words = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        _run(user, home, [programs / "initdb", "-D", data, "--no-sync", *words])
        port = _start(programs, user, home, SETTINGS | (FAST if fast else {}))
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(user, home, [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _newest_programs() -> Path | None:
    """The directory of the newest server programs that are new enough, or None."""
    places = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    if shutil.which("pg_config"):
        asked = subprocess.run(
            ["pg_config", "--bindir"], capture_output=True, text=True, check=True
        )
        places.append(Path(asked.stdout.strip()))
    versions = {place: _version(place) for place in places}
    newest = max(versions, key=lambda place: versions[place], default=None)
    return newest if newest is not None and versions[newest] >= OLDEST else None


def _version(place: Path) -> int:
    """The major version, or 0 where a program is missing: client packages bring pg_config alone."""
    if not all((place / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
        return 0
    said = subprocess.run([place / "postgres", "-V"], capture_output=True, text=True, check=True)
    return int(said.stdout.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _ordinary_user() -> str:
    """Who runs the server: PostgreSQL refuses root, so root lends the work to another account."""
    if os.geteuid() != 0:
        return getpass.getuser()
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise stop("PostgreSQL does not run as root. Run this as an ordinary user.")


def _own_directory(user: str) -> Path:
    """A new directory that only `user` can read, in a place an ordinary user can reach."""
    place = Path(tempfile.gettempdir())
    if os.geteuid() == 0 and place.is_relative_to(Path.home()):
        place = Path("/var/tmp")  # noqa: S108 - mkdtemp makes a private directory in it
    home = Path(tempfile.mkdtemp(prefix="caseload-postgres-", dir=place))
    if os.geteuid() == 0:
        shutil.chown(home, user, pwd.getpwnam(user).pw_gid)
    return home


def _start(programs: Path, user: str, home: Path, settings: dict[str, str]) -> int:
    """Start on a free port and return it; another process may take the port first, so try again."""
    chosen = " ".join(f"-c {name}={value}" for name, value in settings.items())
    files: list[str | Path] = ["-D", home / "data", "-l", home / "log"]
    for _ in range(ATTEMPTS):
        port = _free_port()
        where = f"-h 127.0.0.1 -p {port} -k {home}"
        start = [programs / "pg_ctl", *files, "-w", "-o", f"{where} {chosen}", "start"]
        if _run(user, home, start, check=False) == 0:
            return port
    raise stop(f"PostgreSQL did not start:\n{(home / 'log').read_text(encoding='utf-8')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(user: str, home: Path, command: list[str | Path], *, check: bool = True) -> int:
    """Run a server program as `user`; its words are shown only when it fails."""
    as_root = os.geteuid() == 0
    account = pwd.getpwnam(user)
    # A file and not a pipe: the server inherits it, and a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile("w+") as words:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            check=False,
            user=account.pw_uid if as_root else None,
            group=account.pw_gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
        words.seek(0)
        if check and done.returncode != 0:
            raise stop(f"{Path(command[0]).name} failed:\n{words.read()}")
    return done.returncode
