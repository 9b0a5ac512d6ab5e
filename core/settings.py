"""What the installation decides: read once from the environment, never from a screen."""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where the registry lives and which clock it follows.

    `source_hosts` are the hosts that sources may be imported from, each a name or a name with its
    port; only with its port may one be a machine of the own network or speak without TLS. Below
    `source_folder` lie the SQLite files that may be imported. `secret_key` encrypts passwords.
    `largest_upload` is in bytes.
    """

    database_url: str
    owner_url: str
    data_dir: Path
    timezone: str
    port: int
    allowed_hosts: tuple[str, ...]
    source_hosts: tuple[str, ...] = ()
    source_folder: Path | None = None
    secret_key: str | None = field(default=None, repr=False)
    largest_upload: int = 2 << 30

    @property
    def embedded(self) -> bool:
        """True for SQLite, where the application starts its own scheduler."""
        return self.database_url.startswith("sqlite")


@cache
def read_settings() -> Settings:
    """Return the settings of this process (CASELOAD_*, DATABASE_URL, DATABASE_OWNER_URL)."""
    data_dir = Path(os.environ.get("CASELOAD_DATA_DIR") or ROOT / "var").resolve()
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'caseload.sqlite'}"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    owner = os.environ.get("DATABASE_OWNER_URL") or url
    hosts = os.environ.get("CASELOAD_ALLOWED_HOSTS", "")
    return Settings(
        database_url=url,
        owner_url=owner.replace("postgresql://", "postgresql+psycopg://", 1),
        data_dir=data_dir,
        timezone=os.environ.get("CASELOAD_TIMEZONE", "UTC"),
        port=int(os.environ.get("CASELOAD_PORT", "8501")),
        allowed_hosts=tuple(host for host in hosts.split(",") if host),
        source_hosts=_words(os.environ.get("CASELOAD_SOURCE_HOSTS", "")),
        source_folder=Path(os.environ.get("CASELOAD_SOURCE_FOLDER") or data_dir / "sources"),
        secret_key=os.environ.get("CASELOAD_SECRET_KEY") or None,
        largest_upload=int(os.environ.get("CASELOAD_LARGEST_UPLOAD_MB", "2048")) << 20,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the installation's date."""
    return datetime.now(ZoneInfo(read_settings().timezone)).date()
