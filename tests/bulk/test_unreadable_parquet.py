"""A Parquet file that cannot be read, or not to its end, is refused with a sentence by every command."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.commands import run_for_text

NO_TEXT = [b"fine", b"Gr\xfc\xdfe"]


def _said_to_be_text(values: list[bytes]) -> pa.Array:
    """Bytes of which a file says that they are UTF-8, as some programs write them."""
    return pa.array(values, pa.binary()).view(pa.string())


UNREADABLE = {
    "a list": ("datafox_employees", pa.array([[1], [2]]), 'column "datafox_employees" is of the kind list<'),
    "a structure": ("name", pa.array([{"x": 1}, {"x": 2}]), 'column "name" is of the kind struct<'),
    "bytes": ("name", pa.array(NO_TEXT), 'column "name" has bytes that are not UTF-8'),
    "no text": ("name", _said_to_be_text(NO_TEXT), 'column "name" has bytes that are not UTF-8'),
    "few words": ("region", _said_to_be_text(NO_TEXT).dictionary_encode(), 'column "region" has bytes that are not'),
    "a zone": (
        "crm_created_on",
        pa.array([0, None], pa.timestamp("us", tz="Mars/Phobos")),
        'column "crm_created_on" has moments of the time zone Mars/Phobos, which is not known',
    ),
}
WAYS: dict[str, Callable[[Path], list[object]]] = {
    "classify": lambda file: ["classify", file],
    "bulk check": lambda file: ["bulk", "check", file],
    "bulk classify": lambda file: ["bulk", "classify", file, "--out", file.with_suffix(".csv")],
}


def _parquet(file: Path, **columns: object) -> Path:
    pyarrow.parquet.write_table(pa.table({"id": ["a", "b"], "crm_segment": ["MM", "MM"], **columns}), file)
    return file


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("column", "values", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_column_that_states_no_fact_is_refused_with_a_sentence(
    tmp_path: Path, way: Callable[[Path], list[object]], column: str, values: pa.Array, says: str
) -> None:
    ran = run_for_text(*way(_parquet(tmp_path / "accounts.parquet", **{column: values})), "--on", "2022-03-15")
    assert ran.returncode == 2, ran.stderr
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.parquet"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_file_that_is_damaged_somewhere_is_refused_with_a_sentence(
    tmp_path: Path, way: Callable[[Path], list[object]]
) -> None:
    file = tmp_path / "accounts.parquet"
    table = pa.table({"id": [f"a{place}" for place in range(50_000)], "crm_segment": ["MM"] * 50_000})
    pyarrow.parquet.write_table(table, file, row_group_size=20_000, compression="zstd")
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4_000] = b"\xff" * 4_000
    file.write_bytes(content)
    ran = run_for_text(*way(file), "--on", "2022-03-15")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1), ran.stderr
    assert "cannot be read as Parquet" in ran.stderr


@pytest.mark.parametrize(("values", "says"), [each[1:] for each in UNREADABLE.values()], ids=UNREADABLE)
def test_a_column_that_cannot_go_along_is_refused_with_a_sentence(tmp_path: Path, values: pa.Array, says: str) -> None:
    file = _parquet(tmp_path / "accounts.parquet", extra=values)
    ran = run_for_text("bulk", "classify", file, "--out", tmp_path / "out.csv", "--keep", "extra", "--on", "2022-03-15")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1), ran.stderr
    assert 'column "extra" ' in ran.stderr
    assert "UTF-8" not in says or any(said in ran.stderr for said in ("UTF-8", "cannot be kept"))


@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.xlsx"])
def test_whatever_else_a_column_holds_goes_along(tmp_path: Path, out: str) -> None:
    kinds = [
        pa.array([timedelta(days=1, seconds=1), None]),
        pa.array([1, None], pa.time32("s")),
        pa.array([1_500_000_001, None], pa.time64("ns")),
        pa.array([1, None], pa.timestamp("ns", tz="Europe/Berlin")),
        pa.array([10**18, None], pa.timestamp("us")),
        pa.array([2**31 - 1, None], pa.date32()),
        pa.array([Decimal("1.50"), None]),
        pa.array([1.5, None], pa.float32()),
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.nulls(2),
    ]
    file = _parquet(tmp_path / "accounts.parquet", **{str(values.type): values for values in kinds})
    keep = [word for values in kinds for word in ("--keep", values.type)]
    ran = run_for_text("bulk", "classify", file, "--out", tmp_path / out, *keep, "--on", "2022-03-15")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_rejected_row_is_written_whatever_its_other_columns_hold(tmp_path: Path) -> None:
    others = {f"other {place}": each[1] for place, each in enumerate(UNREADABLE.values())}
    file = _parquet(tmp_path / "accounts.parquet", datafox_employees=["no number", "640"], **others)
    ran = run_for_text("bulk", "classify", file, "--out", tmp_path / "out.csv", "--on", "2022-03-15")
    assert ran.returncode == 1, ran.stderr
    text = (tmp_path / "out.csv.rejected.csv").read_bytes().decode("utf-8", "surrogateescape")
    header, line = csv.reader(io.StringIO(text))
    assert line[4:6] == ["no number", "[1]"]
    assert header[-1] == "other 5"
    assert line[-1] == "1970-01-01 00:00:00.000000"
