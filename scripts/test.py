"""Every check of the project: style, types and tests, with all they need brought along.

python3 scripts/test.py [--no-lint | --lint] [arguments for pytest]
"""

import os
import signal
import subprocess
import sys
from types import FrameType

import packages
import postgres
from environment import PYTHON, ROOT, ensure

LINT = (
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
)


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; return 0 only when all of it passed."""
    signal.signal(signal.SIGTERM, _leave)
    ensure("requirements.txt", "requirements-dev.txt")
    flags = {"--lint", "--no-lint"} & set(arguments)
    rest = [word for word in arguments if word not in flags]
    failed = [] if "--no-lint" in flags else [words for words in LINT if _module(words) != 0]
    if "--lint" not in flags and _tests(rest) != 0:
        failed.append(["pytest", *rest])
    for words in failed:
        sys.stderr.write(f"FAILED: {' '.join(words)}\n")
    return 1 if failed else 0


def _tests(arguments: list[str]) -> int:
    browser = packages.find_or_install(
        packages.chromium, "Chromium", "chromium", "fonts-dejavu-core"
    )
    with postgres.server(fast=True) as url:
        services = {postgres.URL_VARIABLE: url, "CASELOAD_CHROMIUM": str(browser)}
        return _module(["pytest", "-n", "2", *arguments], services)


def _module(words: list[str], services: dict[str, str] | None = None) -> int:
    sys.stdout.write(f"$ {' '.join(words)}\n")
    sys.stdout.flush()
    environment = os.environ | (services or {})
    command = [str(PYTHON), "-m", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Turn a request to end into an exception, so that the server is stopped on the way out."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
