"""Files are read in a process of their own with limits: a hostile file ends it, not the app.

`run_limited` starts `python -m core.etl.child`, which speaks JSON on its standard streams and
knows no secrets of ours: its environment is empty but for what Python needs.
"""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import errors
from core.errors import InvalidInput, UnreadableFile, Words

MEMORY = 3 << 30
"""Bytes of address space; libraries reserve about one GiB before they hold any data."""
SECONDS = 60
SECONDS_PER_MB = 2
"""A file may take longer the larger it is."""
_SAFE = ("UnreadableFile", "InvalidInput")
_ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parents[3]),
    "LC_ALL": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",  # each thread would reserve memory of its own
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}
_TOO_MUCH = UnreadableFile(
    "The file needs more memory than one file may take. Save the sheet as CSV, or split it, and "
    "upload that."
)
_log = logging.getLogger(__name__)

Work = Callable[[dict[str, Any]], dict[str, Any]]


def seconds_for(size: int) -> int:
    """How long files of so many bytes may take."""
    return SECONDS + SECONDS_PER_MB * (size >> 20)


def run_limited(
    work: str, arguments: dict[str, Any], *, seconds: int = SECONDS, memory: int = MEMORY
) -> dict[str, Any]:
    """Do one of the works of core/etl/tables/child_works.py in a limited child; return its answer.

    Raises UnreadableFile, in one sentence, when the child runs over a limit or dies.
    """
    asked = {"work": work, "arguments": arguments, "seconds": seconds, "memory": memory}
    command = [sys.executable, "-m", "core.etl.tables.child"]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell, no argument from outside
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENVIRONMENT,
    ) as child:
        try:
            answered, _told = child.communicate(json.dumps(asked).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            raise _too_long(seconds) from None
        finally:
            child.kill()  # also when who waited is stopped: nobody wants the answer any more
    return _read(answered, child.returncode, seconds)


def _read(answered: bytes, status: int, seconds: int) -> dict[str, Any]:
    try:
        answer = json.loads(answered) if status == 0 else None
    except ValueError:
        answer = None
    if isinstance(answer, dict) and "done" in answer:
        done: dict[str, Any] = answer["done"]
        return done
    if isinstance(answer, dict) and answer.get("error") in _SAFE:
        said = Words.unpack(str(answer.get("said", "")))
        raise getattr(errors, answer["error"])(said.template, **said.values)
    if status == -24:  # SIGXCPU
        raise _too_long(seconds)
    # Nothing of what the child said is logged: it may hold values of the file.
    _log.warning("the reading of a file ended with status %s", status)
    raise UnreadableFile(
        "The file cannot be read: it is damaged or needs more memory than one file may take. "
        "Open it in a spreadsheet program, save the sheet as CSV and upload that."
    )


def _too_long(seconds: int) -> UnreadableFile:
    return UnreadableFile(
        "Reading the file took longer than {seconds} seconds and was stopped. Save the sheet as "
        "CSV, or split the file, and upload that.",
        seconds=seconds,
    )


def _limit(seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer one request: set the limits, and only then load what reads files."""
    asked = json.load(sys.stdin)
    _limit(asked["seconds"], asked["memory"])
    answer: dict[str, Any]
    try:
        from core.etl.tables.child_works import WORKS  # noqa: PLC0415 - after the limits are set

        answer = {"done": WORKS[asked["work"]](asked["arguments"])}
    except (UnreadableFile, InvalidInput) as error:
        answer = {"error": type(error).__name__, "said": error.said.pack()}
    except MemoryError:
        answer = {"error": "UnreadableFile", "said": _TOO_MUCH.said.pack()}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
