"""The benchmarks, beside a PostgreSQL server of their own with settings that are safe for data."""

import os
import subprocess
import sys

import postgres
from environment import PYTHON, ROOT, ensure


def main() -> int:
    """Run `python -m benchmarks` with the arguments given; return its exit status."""
    ensure("requirements.txt", "requirements-dev.txt")
    with postgres.server(fast=False) as url:
        command = [str(PYTHON), "-m", "benchmarks", *sys.argv[1:]]
        environment = os.environ | {postgres.URL_VARIABLE: url}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
