"""What is committed: pinned requirements, no address of a registry or a machine, no dead link."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
# Built from parts, so that this file does not name what it forbids.
FORBIDDEN = re.compile(
    "|".join(
        (
            r"pypi\.(org|python)|pythonhosted|registry\.npmjs|files\.python",
            r"--(extra-)?index-url|--find-links|--trusted-host",
            r"(?<![\w./-])/(work|root|home/\w+|Users/\w+)/",
        )
    )
)
EXEMPT = {"tests/contracts/test_hygiene.py"}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def committed() -> list[str]:
    """The names of all files that are, or are about to be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_with_its_hash_and_without_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + re.sub(r"(?m)^\s*#.*\n?", "", text))[1:]

    assert entries
    assert [e.split()[0] for e in entries if not re.match(r"[\w.\-\[\]]+==\S+ ", e)] == []
    assert [e.split()[0] for e in entries if "--hash=sha256:" not in e] == []
    assert "://" not in text


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    found = [
        f"{name}: {match.group()}"
        for name in committed()
        if name not in EXEMPT
        for match in FORBIDDEN.finditer(_text(ROOT / name))
    ]

    assert found == []


def test_every_local_link_in_the_documents_leads_somewhere() -> None:
    dead = [
        f"{name}: {target}"
        for name in committed()
        if name.endswith(".md")
        for target in LINK.findall(_text(ROOT / name))
        if not re.match(r"[a-z]+:|#", target)
        and not ((ROOT / name).parent / target.split("#")[0]).exists()
    ]

    assert dead == []


def _text(path: Path) -> str:
    """The text of a file; of one that is not text, such as a picture, nothing."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")
