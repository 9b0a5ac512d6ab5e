"""The command line says which tables a file's rows come from, and how several become one."""

import json
import re
from pathlib import Path

import pytest

from core.cli import main
from tests.conftest import Registry, shared_file
from tests.importing import add_programme, ask

DOCUMENT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.fixture
def run(registry: Registry, capsys):
    """Run `import` on the registry and return its answer, or its sentence of refusal."""
    add_programme("CASH")

    def ran(*words: object):
        status = main(["import", *map(str, words), "--programme", "CASH", "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if status == 0 else said.err.strip()

    return ran


def documented(name: str) -> object:
    """A JSON example of docs/cli.md, by the name of its file."""
    text = DOCUMENT.split(f"`{name}`\n\n")[1]
    return json.loads(re.split(r"\n\n(?=\S)", text)[0])


def test_the_documented_example_gives_the_people_of_the_legacy_database(run, tmp_path):
    folder = shared_file("registries/openimis_demo/tblInsuree.csv").parent
    for name in ("openimis.json", "openimis-mapping.json"):
        (tmp_path / name).write_text(json.dumps(documented(name)), encoding="utf-8")

    answer = run(
        folder / "tblInsuree.csv",
        *("--with", folder / "tblFamilies.csv", "--with", folder / "tblLocations.csv"),
        *("--shape", f"@{tmp_path / 'openimis.json'}"),
        *("--mapping", tmp_path / "openimis-mapping.json", "--key", "CHFID"),
    )

    assert (answer["rows"], answer["new"], answer["held"]) == (60, 60, 0)
    assert ask("SELECT count(*) FROM person WHERE sex = 'FEMALE'") == [(30,)]
    assert ask("SELECT count(*) FROM household") == [(21,)]
    assert ask("SELECT count(*) FROM membership WHERE is_head") == [(21,)]


def test_a_header_row_is_given_by_number(run, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Name,Phone\nFull name,Sex\nAwa Fall,F\n", encoding="utf-8")

    run(path, "--header-row", 2)

    assert ask("SELECT full_name, sex FROM person") == [("Awa Fall", "FEMALE")]


def test_files_with_the_same_headers_are_put_together(run, tmp_path):
    for name, person in (("may", "Awa Fall,F"), ("june", "Ali Ba,M")):
        (tmp_path / f"{name}.csv").write_text(f"Full name,Sex\n{person}\n", encoding="utf-8")

    answer = run(tmp_path / "may.csv", "--with", tmp_path / "june.csv")

    assert answer["new"] == 2
    assert "Sheet" in {one["header"] for one in answer["mapping"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--sheet", "May"), "no sheet “May”"),
        (("--header-row", "9"), "has no row 9"),
        (("--shape", "{"), "not valid JSON"),
        (("--shape", '{"keep": [{"header": "Age", "op": "empty"}]}'), "no column “Age”"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_and_nothing_changes(run, tmp_path, words, sentence):
    path = tmp_path / "people.csv"
    path.write_text("Full name,Sex\nAwa Fall,F\n", encoding="utf-8")

    assert sentence in run(path, *words)
    assert ask("SELECT count(*) FROM import_run") == [(0,)]
