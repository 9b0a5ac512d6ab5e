"""Every messy file becomes rows or one clear sentence, quickly and in little memory."""

import json
import re
import resource
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.load.messy import BEGIN, MESSY, PAGE, Outcome, table

pytestmark = [
    pytest.mark.skipif(
        not MESSY.exists(), reason="the folder of shared data is not here (CASELOAD_SHARED_DATA)"
    ),
    # Whichever of them comes first on a worker reads all the files.
    pytest.mark.timeout(400),
]
MOST_SECONDS, MOST_MB = 60, 1024
ADDRESS_SPACE = 4 << 30


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """All files, each folder in a fresh process with little memory; a dead one fails here."""
    found = []
    for folder in sorted(one for one in MESSY.iterdir() if one.is_dir()):
        done = subprocess.run(
            [sys.executable, "-m", "tests.load.messy", folder.name],
            cwd=ROOT,
            preexec_fn=limit,
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
        found += [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    return found


def test_every_file_becomes_rows_or_one_clear_sentence(outcomes: list[Outcome]) -> None:
    assert len(outcomes) >= 348
    unclear = [one for one in outcomes if not one.columns and not is_clear(one.sentence)]
    assert unclear == []


def is_clear(sentence: str) -> bool:
    """Whole sentences with a remedy, without a trace of the program."""
    ends = sentence.endswith((".", "?")) and len(sentence) > 40
    return ends and not re.search(r"Traceback|Error\b|\.py|/\w+/|\n", sentence)


def test_no_file_takes_long_or_much_memory(outcomes: list[Outcome]) -> None:
    assert max(one.seconds for one in outcomes) < MOST_SECONDS
    assert max(one.memory for one in outcomes) < MOST_MB


def test_the_page_about_files_says_what_happens(outcomes: list[Outcome]) -> None:
    assert PAGE.read_text(encoding="utf-8").split(BEGIN)[1].strip() == table(outcomes).strip()
