"""The application as a real process of its own, on a free port, beside a scheduler."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.conftest import ROOT, Registry

READY_WITHIN_S, STOPPED_WITHIN_S = 120, 20


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Served:
    """A registry behind a running server; `logs` is what the server has written."""

    registry: Registry
    port: int = field(default_factory=_free_port)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.registry.data_dir

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running["web"].pid

    def start(self) -> None:
        """Start the server and wait until it is healthy."""
        self._run("web", "app.py")
        end = time.monotonic() + READY_WITHIN_S
        while self._running["web"].poll() is None and time.monotonic() < end:
            with suppress(URLError, OSError), urlopen(f"{self.url}/healthz", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
            time.sleep(0.1)
        raise AssertionError(f"the server did not start:\n{self.logs()}")

    def restart(self) -> None:
        """Stop the server and start it anew on the same port."""
        self._end("web")
        self.start()

    def start_scheduler(self) -> None:
        self._run("scheduler", "-m", "core.scheduler")

    def stop(self) -> None:
        for name in list(self._running):
            self._end(name)

    def logs(self) -> str:
        return (self.folder / "web.log").read_text(encoding="utf-8", errors="replace")

    def command(self, *words: str) -> str:
        """Run a command of `python -m core.cli` on this registry; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *words],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )

    def _end(self, name: str) -> None:
        running = self._running.pop(name)
        running.terminate()
        try:
            running.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "CASELOAD_DATA_DIR": str(self.folder),
            "CASELOAD_PORT": str(self.port),
            # Where a test needs the scheduler it starts one, at once and on either engine.
            "CASELOAD_SCHEDULER": "off",
            "DATABASE_URL": self.registry.url,
        }
