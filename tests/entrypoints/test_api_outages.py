"""Whatever becomes of a database under a service: a sentence on every operation, and nothing to do afterwards."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pysqlite3.dbapi2 as sqlite
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.api import Api, eventually, serving
from tests.builders import request
from tests.databases import SqliteDatabases
from tests.entrypoints.test_api_policies import drafted
from tests.problems import hold_problem
from tests.published import published

NOBODY = "0198c0de-0000-7000-a000-000000000001"
APART = re.compile("/comparison$|/backtest$")
"""Computed in a process of their own, which takes a second to start."""


@contextmanager
def gone(url: str) -> Iterator[None]:
    """The file of the database is not there."""
    path = _path(url)
    path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        path.with_suffix(".away").rename(path)


@contextmanager
def damaged(url: str) -> Iterator[None]:
    """Another file is there, which holds no database."""
    with gone(url):
        _path(url).write_bytes(b"no database" * 1000)
        yield


@contextmanager
def emptied(url: str) -> Iterator[None]:
    """Another database is there, without any table."""
    with gone(url):
        _path(url).touch()
        yield


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """The server takes no changes, as a standby."""
    with _administered(url) as connection:
        name = sql.Identifier(_name(url))
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        with terminated(url):
            yield
        connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


@contextmanager
def renamed(url: str) -> Iterator[None]:
    """There is no database of that name, as while one is restored."""
    name, away = sql.Identifier(_name(url)), sql.Identifier(f"{_name(url)}_away")
    with _administered(url) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        with terminated(url):
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, away))
            yield
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(away, name))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@contextmanager
def terminated(url: str) -> Iterator[None]:
    """An administrator ended every session."""
    with _administered(url) as connection:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(query, (_name(url),))
    yield


Outage = Callable[[str], AbstractContextManager[None]]
OUTAGES: list[tuple[str, Outage, int]] = [
    *(("sqlite", outage, 40) for outage in (gone, damaged, emptied)),
    *(("postgresql", outage, least) for outage, least in ((renamed, 40), (read_only, 8), (terminated, 0))),
]
"""Each with the number of operations that it stands in the way of, at the least."""


@pytest.fixture(params=OUTAGES, ids=lambda case: f"{case[0]} {case[1].__name__}")
def scene(
    request: pytest.FixtureRequest, sqlite_databases: SqliteDatabases
) -> Iterator[tuple[Api, AbstractContextManager[None], int]]:
    kind, outage, least = request.param
    databases = sqlite_databases if kind == "sqlite" else request.getfixturevalue("postgres")
    with databases.fresh() as url, serving(url, apart=True) as api:
        yield api, outage(url), least


def test_every_operation_says_in_a_sentence_what_is_wrong_and_all_is_well_once_it_is_over(
    scene: tuple[Api, AbstractContextManager[None], int],
) -> None:
    api, outage, least = scene
    requests = list(_one_of_each(api))
    held = api.rows()["decisions"]

    with outage:
        answers = [api.http.send(each) for each in requests]
        ready = api.readyz_anew()
    in_the_way = [answer for answer in answers if answer.status_code == 503]
    assert len(in_the_way) >= least
    for answer in in_the_way:
        said = hold_problem(answer, 503, answer.json()["type"].rpartition(":")[2])
        assert re.fullmatch(r"[A-Z][^.\n]+", said["detail"]), said
        assert answer.headers["retry-after"]
    assert {answer.status_code for answer in answers} <= {200, 201, 202, 204, 401, 403, 404, 406, 409, 422, 503}
    assert ready == 503 or not least

    eventually(lambda: api.readyz_anew() == 200)
    eventually(lambda: _tell(api, "afterwards") == 201)
    eventually(lambda: api.http.get("/v1/decisions").status_code == 200)
    assert len(api.get("/v1/decisions", limit=500)["items"]) == held + 1 or not least
    assert [line for line in api.logged if line["event"] == "fault"] == []


def test_what_is_told_while_the_file_of_a_database_is_away_is_not_acknowledged(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh() as url, serving(url, apart=True) as api:
        acknowledged = [api.classify(id="acc-1")["id"]]
        with gone(url):
            assert _tell(api, "acc-2") == 503
            assert api.http.get("/v1/decisions").status_code == 503
            assert not _path(url).exists()
        eventually(lambda: _tell(api, "acc-3") == 201)
        found = api.get("/v1/decisions")["items"]
        assert [each["account_id"] for each in found] == ["acc-3", "acc-1"]
        assert found[-1]["id"] == acknowledged[0]


def test_a_file_that_is_put_in_the_place_of_another_is_taken_up_whole(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.fresh() as url, serving(url, apart=True) as api:
        path = _path(url)
        key = api.http.headers["authorization"]
        with sqlite.connect(path) as copied:
            copied.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
        copied.close()
        api.classify(id="after-the-backup")

        # Another file beside it, on the same disk, takes its place at once.
        beside = path.with_suffix(".restored")
        shutil.copy(tmp_path / "backup.db", beside)
        beside.replace(path)

        eventually(lambda: _tell(api, "anew") == 201)
        eventually(lambda: api.http.get("/v1/decisions").status_code == 200)
        assert [each["account_id"] for each in api.get("/v1/decisions")["items"]] == ["anew"]
        assert api.http.headers["authorization"] == key
    with sqlite.connect(path) as whole:
        assert whole.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    whole.close()


def _one_of_each(api: Api) -> Iterator[httpx.Request]:
    """A request of each operation, with the published sample of its body, and of what there is."""
    opened = api.classify(id="acc-1", df=12, wrong={"df": "Counts one office"})
    subscriber = {"name": "Planning", "url": "https://127.0.0.1/"}
    there = {
        "account_id": "acc-1",
        "decision_id": opened["id"],
        "review_id": opened["review_id"],
        "draft_id": drafted(api)["id"],
        "subscriber_id": api.http.post("/v1/subscribers", json=subscriber).json()["id"],
        "policy_id": "fy23",
        "digest": opened["policy"]["program"],
        "on": "2022-05-01",
        "item": "billing",
    }
    document = published().document
    for path, methods in document["paths"].items():
        if APART.search(path):
            continue
        url = re.sub(r"{(\w+)}", lambda name: there.get(name[1], NOBODY), path)
        for method, operation in methods.items():
            body: dict[str, Any] = {}
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                sample = next(iter(content["examples"].values()))
                sample = published().resolve(sample)["value"]
                body = {"json": sample} if media_type == "application/json" else {"content": sample}
                body |= {"headers": {"Content-Type": media_type}}
            yield api.http.build_request(method.upper(), url, **body)


def _tell(api: Api, account: str) -> int:
    headers = {"Idempotency-Key": f"once-{account}"}
    return api.http.post("/v1/classifications", json=request(id=account, df=640), headers=headers).status_code


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return str(make_url(url).database)


def _administered(url: str) -> "psycopg.Connection[Any]":
    address = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)
