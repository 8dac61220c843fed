"""Tables in files of every kind, for the tests of what is written of them."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from tests.bulk.workbooks import write_workbook

NAMES = ("id", "name", "current_team", "datafox_employees", "Segment Owner")
ROWS: list[dict[str, Any]] = [
    dict(zip(NAMES, row, strict=True))
    for row in (
        ("a", " Moves ", "MM_TERRITORY", 50, " A, B "),
        ("b", "=Stays", "SMB", 50, "=1+1"),
        ("c", None, None, 50, None),
        ("d", "No team", "SMB", None, "x"),
        ("e", "A range", "SMB", "51-99", 'two\n"lines"'),
        ("f", "A word", "Key Accounts Named", "9000", "y"),
    )
]


def table_file(file: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    """A table as a file of the kind that its name says."""
    match file.suffix:
        case ".csv":
            with file.open("w", newline="") as lines:
                table = csv.DictWriter(lines, list(rows[0]))
                table.writeheader()
                table.writerows(rows)
        case ".parquet":
            texts = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
            pyarrow.parquet.write_table(pa.Table.from_pylist(texts), file)
        case ".xlsx":
            write_workbook(file, [list(rows[0]), *(list(row.values()) for row in rows)])
        case ".ndjson":
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        case _:
            file.write_text(json.dumps(rows))
    return file
