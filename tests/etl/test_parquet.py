"""Parquet: typed columns as a person would read them, and nothing that unpacks without end."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import UnreadableFile
from core.etl.extract import extractor_for, parquet
from core.etl.rows import ROW
from core.etl.tables.shapes import Layout
from tests.etl.made_files import found, read_sheet

DAY = datetime(1990, 5, 4, tzinfo=UTC).replace(tzinfo=None)


def saved(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def texts(path):
    rows, _ = read_sheet(path)
    return {name: [row[name] for row in rows] for name in rows[0] if name != ROW}


def test_every_type_reads_as_a_person_would_write_it(tmp_path):
    path = saved(
        tmp_path / "t.parquet",
        id=pa.array([12345678901234567, None]),
        number=pa.array([5.0, float("nan")]),
        score=pa.array([0.1, 2.25], pa.float32()),
        money=pa.array([Decimal("1.20"), Decimal("0.00")], pa.decimal128(20, 2)),
        tiny=pa.array([Decimal("0.00000001"), None], pa.decimal128(20, 8)),
        born=pa.array([date(1990, 5, 4), None]),
        day=pa.array([DAY, DAY], pa.timestamp("ns")),
        at=pa.array([DAY.replace(hour=8), None], pa.timestamp("us", "Africa/Nairobi")),
        hour=pa.array([time(8, 30), None]),
        yes=pa.array([True, None]),
        kind=pa.array(["a", "b"]).dictionary_encode(),
        tags=pa.array([["x", "y"], []]),
        home=pa.array([{"village": "Kita", "size": 3}, None]),
        raw=pa.array([b"Kita", b"\xff\xfe\x00"]),
        none=pa.nulls(2),
    )

    assert texts(path) == {
        "id": ["12345678901234567", ""],
        "number": ["5", ""],
        "score": ["0.1", "2.25"],
        "money": ["1.20", "0.00"],
        "tiny": ["0.00000001", ""],
        "born": ["1990-05-04", ""],
        "day": ["1990-05-04", "1990-05-04"],
        "at": ["1990-05-04 11:00:00", ""],
        "hour": ["08:30:00", ""],
        "yes": ["true", ""],
        "kind": ["a", "b"],
        "tags": ["x; y", ""],
        "home": ['{"village": "Kita", "size": 3}', ""],
        "raw": ["Kita", "(3 bytes)"],
        "none": ["", ""],
    }


def test_numbers_of_lost_digits_are_shown_as_such(tmp_path):
    assert texts(
        saved(tmp_path / "t.parquet", id=[1.2345678901234567e19, 0.30000000000000004])
    ) == {"id": ["1.234567890123457E+19", "0.3"]}


def test_rows_are_numbered_below_the_headers_through_all_row_groups(tmp_path):
    path = saved(tmp_path / "t.parquet", a=["1", "2", "3", "4", "x\ufffd"])

    parts = list(parquet.batches(path, Layout("t", 1, ("a",)), 2))
    rows, issues = read_sheet(path)

    assert [part.table[ROW].to_pylist() for part in parts] == [[2, 3], [4, 5], [6]]
    assert [row[ROW] for row in rows] == [2, 3, 4, 5, 6]
    assert found(issues) == [(6, "a", "lost_letter", "x\ufffd")]


def test_a_text_repeated_without_end_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_000), pa.array(["x" * 30_000]))
    pq.write_table(pa.table({"a": text}), path)

    assert path.stat().st_size < 100_000
    with pytest.raises(UnreadableFile, match="unpacks to more text"):
        read_sheet(path, size=50_000)


def test_more_rows_than_can_be_imported_are_refused_from_the_footer(tmp_path, monkeypatch):
    path = saved(tmp_path / "t.parquet", a=["1", "2", "3"])
    monkeypatch.setattr(parquet, "MOST_ROWS", 2)

    with pytest.raises(UnreadableFile, match="declares 3 rows"):
        parquet.sheets(path)


@pytest.mark.parametrize("content", [b"", b"PAR1 nothing PAR1", b"\0" * 100])
def test_what_is_no_parquet_is_refused_with_a_remedy(tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match="as CSV"):
        extractor_for(path).sheets(path)
