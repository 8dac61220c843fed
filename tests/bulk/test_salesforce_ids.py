"""Salesforce's ids in whole tables: their suffixes, and either form beside other ids."""

from pathlib import Path
from random import Random

import pytest

from service.bulk.engines.open import Engine
from service.domain.account_ids import full_id, suffixes
from tests.bulk.tables import as_table, one_by_one


def test_many_ids_get_the_suffixes_that_each_gets() -> None:
    random = Random(7)
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    ids = ["001" + "".join(random.choices(letters, k=12)) for _ in range(2_000)]
    ends = suffixes("".join(ids).encode()).decode()

    assert [short + ends[3 * place : 3 * place + 3] for place, short in enumerate(ids)] == list(map(full_id, ids))


@pytest.mark.parametrize("column", ["Id", "id"])
@pytest.mark.parametrize("rows", [1, 3])
def test_salesforce_ids_of_either_form_and_others_are_read_as_row_by_row(
    duckdb: Engine, rows: int, column: str, tmp_path: Path
) -> None:
    ids = ["0018a0000000001", "0018a0000000001AAA", "0018a0000000001AAB", "acc-1", "", "001 bad", "0018A0000000001"]
    file = tmp_path / "accounts.csv"
    for each in (ids, ids[:2], ids[3:4]):
        file.write_text(
            f"{column},CreatedDate,DataFox_Employees__c\n" + "".join(f"{one},2021-06-01,640\n" for one in each * rows)
        )
        same_rows = as_table(duckdb, file, tmp_path / "o.parquet"), one_by_one(file)
        assert sorted(map(str, same_rows[0].decisions.to_pylist())) == sorted(
            map(str, same_rows[1].decisions.to_pylist())
        )
        assert sorted(same_rows[0].rejected) == sorted(same_rows[1].rejected)
        assert {row["account_id"] for row in same_rows[0].decisions.to_pylist()} <= {
            *("0018a0000000001AAA", "0018A0000000001QAA", "acc-1"),
        }
