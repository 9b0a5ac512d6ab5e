"""How each kind of database is reached: where, read-only, and for how long at most."""

import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from core.etl.connect import Asked, Secrets
from core.etl.connect._hosts import HostRefused, Resolver, check_host, is_explicit, resolve
from core.settings import read_settings

ENGINES = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite (a file)",
}
_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_CONNECT_S, _STATEMENT_S = 10, 300
_STEPS = 10_000


@dataclass(frozen=True)
class Server:
    """One database to connect to. `limits` bound its session; MariaDB has its own word for it."""

    driver: str
    file: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    limits: tuple[str, ...] = ()
    limits_mariadb: tuple[str, ...] = ()
    clock: str = ""


def check_server(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput or HostRefused where the options name no server that may be read."""
    engine = str(options["engine"])
    if engine == "sqlite":
        _file(str(options.get("file") or ""))
        return
    for name in ("host", "database", "user"):
        if not options.get(name):
            raise InvalidInput(
                "The option “{name}” is missing; a database server needs it.", name=name
            )
    if not str(options.get("port") or 1).isdecimal():
        raise InvalidInput("The option “port” must be a whole number.")
    host, port = str(options["host"]), int(options.get("port") or _PORTS[engine])
    check_host(host, port, _PORTS[engine], lambda _host, _port: [])
    if options.get("tls") == "off" and not is_explicit(host, port):
        raise HostRefused(
            "{host} must be asked with TLS. Only a host listed with its port in "
            "CASELOAD_SOURCE_HOSTS may be asked without.",
            host=host,
        )


def server_of(asked: Asked, resolver: Resolver = resolve) -> Server:
    """Return how to reach the database, at an address that was checked just now."""
    check_server(asked.options)
    engine = asked.text("engine")
    if engine == "sqlite":
        path = _file(asked.text("file"))
        return Server(
            "sqlite",
            f"file:{path.as_posix()}",
            {"mode": "ro", "uri": "true"},
            limits=("PRAGMA query_only=ON", "PRAGMA trusted_schema=OFF"),
        )
    host, port = asked.text("host"), int(asked.text("port") or _PORTS[engine])
    address = check_host(host, port, _PORTS[engine], resolver)[0]
    login = {"user": asked.text("user"), "password": _password(asked.secrets), "port": port}
    secure = asked.text("tls") != "off"
    if engine == "postgresql":
        return _postgresql(asked.text("database"), host, address, login, secure=secure)
    return _mysql(asked.text("database"), host if secure else address, login, secure=secure)


def _postgresql(
    database: str, host: str, address: str, login: dict[str, Any], *, secure: bool
) -> Server:
    limits = f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_S}s"
    arguments = {
        **login,
        "host": host,
        "hostaddr": address,  # the name is for the certificate, this is where it connects
        "dbname": database,
        "connect_timeout": _CONNECT_S,
        "options": f"{limits} -c lock_timeout=10s",
        "passfile": f"{os.devnull}/none",  # never a password of the server's own account
        "gssencmode": "disable",
        **({"sslmode": "verify-full", "sslrootcert": "system"} if secure else {}),
        **({} if secure else {"sslmode": "disable"}),
    }
    clock = "SELECT CURRENT_TIMESTAMP, LOCALTIMESTAMP"
    return Server("postgresql+psycopg", arguments=arguments, clock=clock)


def _mysql(database: str, host: str, login: dict[str, Any], *, secure: bool) -> Server:
    arguments = {
        **login,
        "host": host,
        "database": database,
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_S,
        "read_timeout": _STATEMENT_S + 30,
        "local_infile": False,
        "init_command": "SET SESSION TRANSACTION READ ONLY",
        **({"ssl": ssl.create_default_context()} if secure else {"ssl_disabled": True}),
    }
    return Server(
        "mysql+pymysql",
        arguments=arguments,
        limits=(f"SET SESSION max_execution_time={_STATEMENT_S * 1000}",),
        limits_mariadb=(f"SET SESSION max_statement_time={_STATEMENT_S}",),
        clock="SELECT UTC_TIMESTAMP(), NOW()",
    )


def _password(secrets: Secrets) -> str:
    return secrets.get("password", "")


def _file(name: str) -> Path:
    """Return a SQLite file of the folder of sources; one that is elsewhere does not exist here."""
    folder = read_settings().source_folder
    if not name or folder is None:
        raise InvalidInput("The option “file” is missing; SQLite needs it.")
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file() or set("?#%") & set(str(path)):
        raise HostRefused(
            "There is no file “{name}” in the folder of sources. Ask who runs the server to put "
            "it there (CASELOAD_SOURCE_FOLDER).",
            name=name,
        )
    return path


def stop_after(connection: Any, seconds: float = _STATEMENT_S) -> None:  # noqa: ANN401 - sqlite3's
    """Make SQLite give up what takes too long."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
