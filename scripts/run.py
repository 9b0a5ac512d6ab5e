"""Start Caseload on this machine: the registry made ready, then web application and scheduler.

    python3 scripts/run.py [--demo]

A new embedded registry is filled with the demo country unless DEMO=0; a registry named by
DATABASE_URL only with --demo. Ctrl-C stops everything.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from environment import PYTHON, ROOT, ensure, stop

PORT = int(os.environ.get("CASELOAD_PORT", "8501"))
PARTS = {"web application": ["app.py"], "scheduler": ["-m", "core.scheduler"]}
READY_WITHIN_S = 120
STOPPED_WITHIN_S = 20
_WHO = "Files are imported by `analyst`; the validation rules are edited by `admin`.\n"


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C, SIGTERM or the end of either part; non-zero when a part failed."""
    signal.signal(signal.SIGTERM, _leave)
    if _listening():
        raise stop(f"Port {PORT} is taken. Choose another one: CASELOAD_PORT={PORT + 1} make run")
    ensure("requirements.txt")
    words = prepare(asked_for_demo="--demo" in arguments)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in PARTS.items():
            # A session of its own: Ctrl-C reaches this process alone, which then ends both.
            running[name] = subprocess.Popen(
                [str(PYTHON), *command], cwd=ROOT, start_new_session=True
            )
        _wait_until_ready(running)
        sys.stdout.write(f"\nCaseload is ready: http://127.0.0.1:{PORT}\n{words}Ctrl-C stops it.\n")
        sys.stdout.flush()
        return _watch(running)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop_all(running)


def prepare(*, asked_for_demo: bool) -> str:
    """Migrate the registry, fill it if wanted, and return what to tell about signing in."""
    data = Path(os.environ.get("CASELOAD_DATA_DIR") or ROOT / "var")
    unfinished = data / "first-start"
    embedded = not os.environ.get("DATABASE_URL")
    # The mark stays until the first start is complete, so that one broken off is done again.
    new = embedded and (unfinished.exists() or not (data / "caseload.sqlite").exists())
    if new:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.touch()
    words = _first_link(json.loads(command_line("init", "--json")))
    if asked_for_demo or (new and os.environ.get("DEMO") != "0"):
        words += command_line("demo") + _WHO
    unfinished.unlink(missing_ok=True)
    return words


def _first_link(made: dict[str, str]) -> str:
    """Say how the administrator that `init` has just made signs in; nothing when there was one."""
    if "one_time_password" not in made:
        return ""
    name, password = made["administrator"], made["one_time_password"]
    return (
        f"Administrator, once: http://127.0.0.1:{PORT}/sign-in?name={name}&once={password}\n"
        f"(the name is {name}, the one-time password {password})\n"
    )


def command_line(*words: str) -> str:
    """Run one command of core.cli and return what it prints; its errors stop the start."""
    command = [str(PYTHON), "-m", "core.cli", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise stop(f"`{' '.join(words)}` failed; what it says stands above.")
    return done.stdout


def _wait_until_ready(running: dict[str, subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        _fail_if_ended(running)
        if _answers():
            return
        time.sleep(0.2)
    raise stop(f"The web application did not answer within {READY_WITHIN_S} seconds.")


def _listening() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def _answers() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _watch(running: dict[str, subprocess.Popen[bytes]]) -> int:
    while True:
        _fail_if_ended(running)
        time.sleep(0.5)


def _fail_if_ended(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in running.items():
        if process.poll() is not None:
            raise stop(f"The {name} ended with status {process.returncode}; stopping the rest.")


def _stop_all(running: dict[str, subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave one behind
    for process in running.values():
        process.terminate()
    for process in running.values():
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough; twice would break off the end
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
