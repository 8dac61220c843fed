"""A table of a PostgreSQL database is decided as a file of the same rows is."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from service.bulk.engines.open import open_engine
from service.crm.dialect import Dialect, Thousands
from service.entrypoints.common.tables.reading import Reading
from service.entrypoints.common.tables.sources import UnusableInputError
from tests.bulk.tables import as_table
from tests.databases import PostgresDatabases

NAMES = (
    *("Id", "Name", "Account_Demographics_Region__c", "CreatedDate", "First_Order_Available__c"),
    *("Account_Demographic_Max_Family_Employees__c", "DataFox_Employees__c"),
)
ROWS = [
    ("001SAMPLE000001", 'Sample, "quoted"', "EMEA", datetime(2021, 6, 1, 23, 30, tzinfo=UTC), True, 640, 640),
    ("001SAMPLE000002", "Sample", "AMER", datetime(2022, 2, 25, 0, 30, tzinfo=UTC), False, None, 499),
    ("001SAMPLE000003", None, None, None, None, -1, 501),
]
KINDS = ("text", "text", "text", "timestamptz", "boolean", "bigint", "integer")


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_a_table_is_decided_as_a_file_of_its_rows(postgres: PostgresDatabases, tmp_path: Path, zone: str) -> None:
    file = tmp_path / "accounts.csv"
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows([NAMES, *([_spelled(value) for value in row] for row in ROWS)])
    engine = open_engine("duckdb")
    with postgres.fresh() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(NAMES, KINDS, strict=True))
            connection.execute(b"CREATE SCHEMA crm")
            connection.execute(f'CREATE TABLE crm."Account" ({columns})'.encode())
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET timezone = '{zone}'".encode())
            marks = ", ".join(["%s"] * len(NAMES))
            insert = f'INSERT INTO crm."Account" VALUES ({marks})'  # noqa: S608 - the test's own names
            connection.cursor().executemany(insert.encode(), ROWS)

        from_table = as_table(engine, f"{url}#crm.Account", tmp_path / "table.parquet", keep=["Name", "Id"])
        from_file = as_table(engine, file, tmp_path / "file.parquet", keep=["Name", "Id"])
    engine.close()

    assert from_table.decisions.to_pylist() == from_file.decisions.to_pylist()
    assert len(from_table.decisions) == 2
    assert [line[1:3] for line in from_table.rejected] == [line[1:3] for line in from_file.rejected]
    assert [row["input_Name"] for row in from_table.decisions.to_pylist()] == ['Sample, "quoted"', "Sample"]


@pytest.mark.parametrize("thousands", [None, *Thousands])
@pytest.mark.parametrize("kind", ["numeric", "numeric(18, 3)", "double precision"])
def test_a_number_of_a_table_is_the_number_that_it_is_whatever_parts_thousands(
    postgres: PostgresDatabases, tmp_path: Path, kind: str, thousands: Thousands | None
) -> None:
    numbers = {"a": "640.00", "b": "1.234", "c": "1200", "d": "0.5", "e": "640.5", "f": "100", "g": None}
    engine = open_engine("duckdb")
    with postgres.fresh() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                f"CREATE TABLE a (id text, crm_segment text, datafox_employees {kind}, seats {kind})".encode()
            )
            insert = b"INSERT INTO a VALUES (%s, 'MM', %s, 1.5)"
            connection.cursor().executemany(insert, list(numbers.items()))
        reading = Reading(dialect=Dialect(thousands=thousands))
        decided = as_table(engine, f"{url}#a", tmp_path / "out.parquet", reading=reading, keep=["seats"])
    engine.close()

    led = {row["account_id"]: row["leading_employees"] for row in decided.decisions.to_pylist()}
    assert led == {"a": 640, "c": 1200, "f": 100, "g": None}
    assert len(decided.rejected) == 3
    assert set(decided.decisions["seats"].to_pylist()) <= {"1.5", "1.500"}


@pytest.mark.parametrize("table", ["nowhere", "crm.nowhere", '"; DROP TABLE accounts', "a.b.c.d.e"])
def test_a_table_that_is_not_there_is_said_to_be_that(postgres: PostgresDatabases, tmp_path: Path, table: str) -> None:
    engine = open_engine("duckdb")
    with postgres.fresh() as url, pytest.raises(UnusableInputError, match="cannot be read"):
        as_table(engine, f"{url}#{table}", tmp_path / "out.parquet")
    engine.close()


def test_a_database_that_cannot_be_reached_is_said_to_be_that_without_its_password(tmp_path: Path) -> None:
    engine = open_engine("duckdb")
    with pytest.raises(UnusableInputError) as refused:
        as_table(engine, "postgresql://someone:secret@127.0.0.1:1/none#accounts", tmp_path / "out.parquet")
    engine.close()
    assert "secret" not in str(refused.value)


def _spelled(value: object) -> str:
    """A value as Salesforce exports it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        case _:
            return str(value)
