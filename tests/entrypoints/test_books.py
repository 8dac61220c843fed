"""Whose accounts: an account is owned by the person who has the CRM user of its owner on the day."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service import cli_wiring
from service.entrypoints.cli.app import create_cli
from tests.api import Api, serving
from tests.application import START, Clock
from tests.databases import PostgresDatabases, SqliteDatabases

ONE, TWO, NOBODYS = "0058a00000Sampl", "005TWO", "005NOBODY"
ONE_IN_FULL = "0058a00000SamplAAB"
PEOPLE: dict[str, dict[str, Any]] = {
    "head": {"name": "Sample Head", "role": "vp"},
    "manager": {"name": "Sample Manager", "role": "asm", "manager_id": "head"},
    "seller-1": {
        "name": "Sample Seller",
        "role": "ae",
        "manager_id": "manager",
        "crm_user_id": ONE,
        "email": "s1@example.com",
    },
    "seller-2": {"name": "Another Seller", "role": "ae", "manager_id": "manager", "crm_user_id": TWO},
    "seller-3": {"name": "Another  SELLER", "role": "ae", "manager_id": "elsewhere", "crm_user_id": "005THREE"},
    "gone": {
        "name": "Sample Predecessor",
        "role": "ae",
        "crm_user_id": "005GONE",
        "active_from": "2022-01-01",
        "active_until": "2022-02-01",
    },
}
SMALL: dict[str, Any] = {"df": 60}
LARGE_ENOUGH: dict[str, Any] = {"df": 640, "max_family_employees": 640, "lam_dev_count": 80}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(
        "sqlite_databases" if request.param == "sqlite" else "postgres"
    )
    with databases.fresh() as url, serving(url, clock=Clock(START)) as api:
        for person_id, stated in PEOPLE.items():
            put = api.http.put(f"/v1/people/{person_id}", json={"active_from": "2022-02-01"} | stated)
            assert put.status_code in {200, 201}, put.text
        for account, owner, kind in (
            ("one", ONE, SMALL),
            ("two", ONE_IN_FULL, LARGE_ENOUGH),
            ("three", TWO, SMALL),
            ("four", NOBODYS, SMALL),
            ("five", None, SMALL),
        ):
            api.classify(id=account, owner_id=owner, on=None, **kind)
        yield api


def found(api: Api, **asked: str | int) -> set[str]:
    return {each["account_id"] for each in api.get("/v1/accounts", **asked)["items"]}


@pytest.mark.parametrize("named", ["seller-1", ONE, ONE_IN_FULL, "S1@example.com", "sample  seller"])
def test_a_book_is_asked_for_by_whatever_names_the_person(api: Api, named: str) -> None:
    assert found(api, owner=named) == {"one", "two"}
    assert found(api, owner=named, team="SMB") == {"one"}
    (counted,) = api.get("/v1/accounts/counts", by="status", owner=named)["items"]
    assert counted["count"] == 2


def test_a_user_whom_nobody_has_owns_accounts_too(api: Api) -> None:
    assert found(api, owner=NOBODYS) == {"four"}
    assert found(api, owner="005GONE") == set()
    assert found(api, owner="manager") == set()


def test_a_manager_sees_the_books_of_all_who_report_to_them(api: Api) -> None:
    assert found(api, manager="head") == found(api, manager="Sample Manager") == {"one", "two", "three"}
    assert found(api, manager="manager", owner="seller-2") == {"three"}
    assert found(api, manager="nobody") == set()
    assert found(api, manager=" manager ") == found(api, manager="manager")


def test_a_manager_of_whom_nothing_is_said_yet_is_one(api: Api) -> None:
    third = api.classify(id="sixth", owner_id="005THREE", on=None, **SMALL)["account_id"]

    assert found(api, manager="elsewhere") == {third}


@pytest.mark.parametrize("parameter", ["owner", "manager"])
@pytest.mark.parametrize("named", ["   ", "a\x00b"])
def test_what_names_nobody_is_refused_by_its_parameter(api: Api, parameter: str, named: str) -> None:
    refused = api.http.get("/v1/accounts", params={parameter: named})

    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [parameter]


def test_a_name_that_fits_several_is_refused_with_their_ids(api: Api) -> None:
    refused = api.http.get("/v1/accounts", params={"owner": "another seller"})

    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == "owner"
    assert "seller-2, seller-3" in fault["detail"]


def test_an_account_says_who_owns_it(api: Api) -> None:
    owners = {each["account_id"]: each["owner"] for each in api.get("/v1/accounts")["items"]}

    assert owners["one"] == {"crm_user_id": ONE_IN_FULL, "person_id": "seller-1", "name": "Sample Seller"}
    assert owners["four"] == {"crm_user_id": NOBODYS, "person_id": None, "name": None}
    assert owners["five"] is None
    assert api.get("/v1/accounts/one")["owner"] == owners["one"]
    assert api.get("/v1/accounts/five")["owner"] is None
    told = api.http.get("/v1/accounts", params={"owner": "seller-1"}, headers={"Accept": "text/csv"}).text
    assert {each["owner_id"] for each in csv.DictReader(StringIO(told))} == {ONE_IN_FULL}


def test_a_new_owner_is_a_change_of_facts_that_decides_nothing(api: Api) -> None:
    before = api.get("/v1/accounts/three")
    day = before["since"]
    api.clock.advance(hours=1)
    api.classify(id="three", owner_id=ONE, on=None, **SMALL)

    try:
        after = api.get("/v1/accounts/three")
        assert (after["team"], after["status"]) == (before["team"], before["status"])
        assert found(api, owner="seller-1") == {"one", "two", "three"}
        assert found(api, owner="seller-1", as_of=day) == {"one", "two"}
        assert found(api, owner="seller-2", as_of=day) == {"three"}
        (counted,) = api.get("/v1/accounts/counts", by="team", owner="seller-2", as_of=day)["items"]
        assert counted["count"] == 1
        newest = api.get("/v1/accounts/three/history")["items"][0]
        assert [(each["fact"], each["before"], each["after"]) for each in newest["changes"]] == [
            ("owner_id", TWO, ONE_IN_FULL)
        ]
    finally:
        api.clock.advance(hours=1)
        api.classify(id="three", owner_id=TWO, on=None, **SMALL)


def test_an_id_that_does_not_fit_its_case_is_refused_by_its_field(api: Api) -> None:
    refused = api.http.post("/v1/classifications", json={"account": {"id": "x", "owner_id": "0058a00000SamplAAA"}})

    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/account/owner_id"]


def test_a_file_tells_owners_and_loses_no_row_for_what_is_none(database_url: str, tmp_path: Path) -> None:
    rows = [f"file-{number},60,{ONE if number % 2 else TWO}" for number in range(60)]
    (tmp_path / "accounts.csv").write_text("\n".join(["id,datafox_employees,OwnerId", *rows, "odd,60,Sample Seller"]))

    ran = CliRunner().invoke(
        create_cli(cli_wiring.context),
        ["bulk", "classify", str(tmp_path / "accounts.csv"), "--out", str(tmp_path / "out.csv"), "--record"],
        env={"CHALKLINE_DATABASE_URL": database_url},
    )

    assert ran.exit_code == 0, ran.output
    assert "is no id of a user" in ran.output
    with serving(database_url) as api:
        assert len(api.get("/v1/accounts", owner=ONE, limit=500)["items"]) == 30
        assert api.get("/v1/accounts/file-1")["decision"]["facts"]["account"]["owner_id"] == ONE_IN_FULL
        assert api.get("/v1/accounts/odd")["owner"] is None
