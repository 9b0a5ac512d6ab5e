"""JSON: every shape a form server or an office sends becomes tables of text, digit for digit."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableFile
from core.etl.extract import extractor_for
from core.etl.extract.json_file import EXTRACTOR
from core.etl.rows import ROW
from tests.conftest import ROOT, shared_file
from tests.etl.made_files import found, read_sheet, written

KOBO = {
    "count": 2,
    "next": None,
    "results": [
        {
            "_id": 1,
            "hh/name": "Awa",
            "hh/members": [{"hh/members/age": 4}, {"hh/members/age": 9, "note": None}],
            "_tags": ["new", "urban"],
            "meta": {"instanceID": "uuid:1", "audit": {"ok": True}},
        },
        {"_id": 2, "hh/name": "Jean", "hh/members": [{"hh/members/age": 31}]},
    ],
}


def names(path):
    return [(sheet.name, sheet.rows, sheet.columns) for sheet in EXTRACTOR.sheets(path)]


def test_an_answer_of_a_form_server_gives_its_records_and_their_repeats(tmp_path):
    path = written(tmp_path / "t.json", json.dumps(KOBO))

    people, _ = read_sheet(path, "results")
    members, _ = read_sheet(path, "results/hh/members")

    assert names(path) == [("results", 3, 6), ("results/hh/members", 4, 4)]
    assert people[0] == {
        ROW: 2, "_index": "1", "_id": "1", "hh/name": "Awa", "_tags": "new; urban",
        "meta/instanceID": "uuid:1", "meta/audit/ok": "true",
    }  # fmt: skip
    assert people[1]["_tags"] == ""
    assert [tuple(row.values()) for row in members] == [
        (2, "1", "1", "4", ""),
        (3, "2", "1", "9", ""),
        (4, "3", "2", "31", ""),
    ]


def test_repeats_in_repeats_know_the_record_they_belong_to(tmp_path):
    home = {"id": "H1", "people": [{"n": "A"}, {"n": "B", "visits": [{"d": 1}, {"d": 2}]}]}
    path = written(tmp_path / "t.json", json.dumps([{"id": "H0"}, home]))

    visits, _ = read_sheet(path, "records/people/visits")

    assert [(row["_index"], row["_parent_index"], row["d"]) for row in visits] == [
        ("1", "2", "1"),
        ("2", "2", "2"),
    ]


def test_numbers_are_kept_as_they_are_written(tmp_path):
    text = '[{"id": 12345678901234567890123, "score": 1.10, "big": 1E400, "no": NaN, "z": -0}]'

    rows, _ = read_sheet(written(tmp_path / "t.json", text))

    assert list(rows[0].values())[1:] == ["12345678901234567890123", "1.10", "1E400", "NaN", "-0"]


def test_records_by_line_have_the_columns_of_all_lines(tmp_path):
    lines = ['{"a": 1}', "", '{"a": 2, "b": {"c": "x"}}', '{"d": [[1, 2], [3]]}']

    rows, issues = read_sheet(written(tmp_path / "t.jsonl", "\n".join(lines)), size=2)

    assert [tuple(row.values()) for row in rows] == [
        (2, "1", "", ""),
        (3, "2", "x", ""),
        (4, "", "", "1, 2; 3"),
    ]
    assert issues.empty


def test_a_line_that_is_no_record_is_held_and_the_others_load(tmp_path):
    lines = ['{"a": 1}', '{"a": 2', '["x"]', '{"a": 4}', '{"a": "\\ud800"}']

    rows, issues = read_sheet(written(tmp_path / "t.jsonl", "\n".join(lines)))

    assert [row["a"] for row in rows] == ["1", '{"a": 2', '["x"]', "4", "\ufffd"]
    assert found(issues) == [
        (3, "", "invalid_json", '{"a": 2'),
        (4, "", "invalid_json", '["x"]'),
        (6, "a", "lost_letter", "\ufffd"),
    ]


def test_geojson_gives_the_properties_and_the_place_of_points(tmp_path):
    point = {"type": "Point", "coordinates": [18.55, 4.36]}
    feature = {"type": "Feature", "id": "x1", "properties": {"name": "Bangui"}, "geometry": point}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})

    rows, _ = read_sheet(written(tmp_path / "t.geojson", text))

    assert rows == [
        {ROW: 2, "id": "x1", "name": "Bangui", "longitude": "18.55", "latitude": "4.36"}
    ]


def test_one_object_is_one_record(tmp_path):
    rows, _ = read_sheet(written(tmp_path / "t.json", '{"name": "Awa", "age": 3}'))

    assert rows == [{ROW: 2, "name": "Awa", "age": "3"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("[1, 2, 3]", "no list of records"),
        ('[{"a": 1}', "no valid JSON at line 1"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[" + "[]," * 4_100_000 + "[]]", "more values"),
        ('[{"a": "\udcff"}]', "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, text, words):
    path = tmp_path / "t.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(UnreadableFile, match=words):
        EXTRACTOR.sheets(path)


def test_a_record_nested_for_nobody_is_held(tmp_path):
    deep = '{"a":' * 30 + "1" + "}" * 30

    _, issues = read_sheet(written(tmp_path / "t.jsonl", f'{{"x": 1}}\n{deep}\n'))

    assert issues["rule"].tolist() == ["invalid_json"]


def test_a_document_that_is_too_large_names_the_way_out(tmp_path):
    path = tmp_path / "t.json"
    with path.open("wb") as file:
        file.write(b'[{"a": 1}')
        file.truncate(200 << 20)

    with pytest.raises(UnreadableFile, match="JSON Lines"):
        EXTRACTOR.sheets(path)


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_RECORDS = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), _SCALARS, min_size=1), min_size=1, max_size=8
)


@settings(deadline=None)
@given(_RECORDS)
def test_lines_and_a_list_of_the_same_records_read_the_same(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("json")
    lines = "\n".join(json.dumps(one) for one in records)
    listed = json.dumps(records, indent=1, ensure_ascii=False)

    by_line, _ = read_sheet(written(folder / "t.jsonl", lines))
    as_list, _ = read_sheet(written(folder / "t.json", listed, "utf-8"))

    assert by_line == as_list
    assert len(by_line) == len(records)


def test_a_million_values_by_line_are_read_in_bounded_memory(tmp_path):
    path = tmp_path / "t.jsonl"
    with path.open("w") as file:
        for n in range(100_000):
            file.write(json.dumps({f"field {i}": f"value {n} {i}" for i in range(10)}) + "\n")
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from core.etl.extract.json_file import EXTRACTOR\n"
        "from core.etl.tables.shapes import Layout\n"
        "path = Path(sys.argv[1]); [sheet] = EXTRACTOR.sheets(path)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "layout = Layout(sheet.name, 1, EXTRACTOR.sample(path, sheet.name, 1)[0].cells)\n"
        "rows = sum(b.table.num_rows for b in EXTRACTOR.batches(path, layout, 10_000))\n"
        "print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, kilobytes = map(int, done.stdout.split())

    assert rows == 100_000
    assert kilobytes < 100_000


def test_real_tracker_payloads_and_boundaries_become_tables():
    payload = shared_file(
        "registries/dhis2_tracker_json/trackedEntitiesWithEnrollmentsAndEvents.json"
    )
    places = shared_file("boundaries/central_african_republic_cod_ab/caf_admin1.geojson")

    assert [sheet.name for sheet in extractor_for(payload).sheets(payload)][:2] == [
        "trackedEntities",
        "trackedEntities/enrollments",
    ]
    assert len(read_sheet(places)[0]) == 17
