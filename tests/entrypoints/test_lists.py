"""Lists of decisions and of accounts find what reading everything would, and counts are as many as their list has."""

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.api import Api, serving
from tests.application import Clock
from tests.databases import PostgresDatabases, SqliteDatabases

Item = dict[str, Any]
START = datetime(2022, 3, 14, 22, 30, tzinfo=UTC)
SMALL, LARGE_ENOUGH = {"df": 60}, {"df": 640, "max_family_employees": 640, "lam_dev_count": 80}
TOLD: list[Item] = [
    {"id": "one", "name": "Äcme  Gmbh", "region": "EMEA", **LARGE_ENOUGH, "first_order_available": True},
    {"id": "two", "name": "Beta Ltd", "region": "DACH", **SMALL},
    {"id": "three", "name": "acme labs", "region": "NORAM", "zi": 700},
    {"id": "four", "df": 12, "wrong": {"df": "Counts one office"}},
    {"id": "two", "name": "Beta Ltd", "region": "EMEA", **LARGE_ENOUGH, "first_order_available": True},
    {"id": "one", "name": "Äcme  Gmbh", "region": "EMEA", **SMALL},
    {"id": "five", "crm_created_on": None, "motion": "inbound_mql", "max_family_employees": None},
    {"id": "two", "name": "Beta Ltd", "region": "EMEA", **SMALL, "on": date(2022, 2, 20)},
    {"id": "three", "name": "acme labs", "region": "NORAM", "zi": 40},
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """Decisions over three days; those of two ask for what is recorded of an account that stands on a later day."""
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(
        "sqlite_databases" if request.param == "sqlite" else "postgres"
    )
    with databases.fresh() as url, serving(url, clock=Clock(START)) as api:
        for told in TOLD:
            api.classify(**{"on": None, **told})
            api.clock.advance(hours=7)
        yield api


def _all(api: Api) -> list[Item]:
    found: list[Item] = api.get("/v1/decisions", limit=500)["items"]
    assert len(found) == len(TOLD)
    return found


def _get(api: Api, path: str, *asked: tuple[str, object]) -> Any:  # noqa: ANN401 - JSON
    answer = api.http.get(path, params=[(name, str(value)) for name, value in asked])
    assert answer.status_code == 200, answer.text
    return answer.json()


ASKED: dict[str, tuple[list[tuple[str, object]], Callable[[Item], bool]]] = {
    "either team": ([("team", "SMB"), ("team", "MMKAFO")], lambda each: each["team"] in {"SMB", "MMKAFO"}),
    "the team before": ([("team_before", "MMKAFO")], lambda each: each["team_before"] == "MMKAFO"),
    "moved": ([("moved", "true")], lambda each: bool(each["moved"])),
    "from one team to another": (
        [("team_before", "MMKAFO"), ("team", "SMB"), ("moved", "true")],
        lambda each: bool(each["moved"]) and (each["team_before"], each["team"]) == ("MMKAFO", "SMB"),
    ),
    "a source": ([("leading_source", "zoominfo")], lambda each: each["leading_source"] == "zoominfo"),
    "a missing fact": ([("missing_fact", "lam_dev_count")], lambda each: "lam_dev_count" in each["missing_facts"]),
    "regions": (
        [("region", "OTHER"), ("region", "NORAM")],
        lambda each: each["facts"]["account"].get("region") in {"DACH", "NORAM"},
    ),
    "a revision": ([("policy", "fy23"), ("policy_version", "1")], lambda _: True),
    "effective days": (
        [("effective_since", "2022-02-20"), ("effective_until", "2022-03-15")],
        lambda each: "2022-02-20" <= each["effective_on"] <= "2022-03-15",
    ),
    "an account of a team": (
        [("account_id", "two"), ("team", "MMKAFO")],
        lambda each: (each["account_id"], each["team"]) == ("two", "MMKAFO"),
    ),
    "an actor and a status": ([("actor", "tester"), ("status", "final")], lambda each: each["status"] == "final"),
    "a span": (
        [("recorded_since", (START + timedelta(hours=7)).isoformat()), ("recorded_until", "2022-03-16T02:30:00Z")],
        lambda each: "2022-03-15T05:30" <= each["recorded_at"] < "2022-03-16T02:30",
    ),
}


def _moved(every: list[Item]) -> list[Item]:
    """Decisions with whether they moved their account, found by looking at the one before each."""
    by_id = {each["id"]: each for each in every}
    told = []
    for each in every:
        before = by_id.get(each["previous_decision_id"])
        assert each["team_before"] == (None if before is None else before["team"])
        told.append({**each, "moved": each["stands"] and before is not None and before["team"] != each["team"]})
    return told


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_filter_finds_what_reading_everything_finds_and_is_counted_alike(
    api: Api, asked: tuple[list[tuple[str, object]], Callable[[Item], bool]]
) -> None:
    parameters, holds = asked
    expected = [each for each in _moved(_all(api)) if holds(each)]
    assert expected

    assert [each["id"] for each in _get(api, "/v1/decisions", *parameters)["items"]] == [
        each["id"] for each in expected
    ]
    summaries = _get(api, "/v1/decisions", *parameters, ("view", "summary"))["items"]
    assert [each["id"] for each in summaries] == [each["id"] for each in expected]
    assert not any({"explanation", "facts"} & each.keys() for each in summaries)
    counted = _get(api, "/v1/decisions/counts", ("by", "team"), ("by", "status"), *parameters)["items"]
    assert {(each["team"], each["status"]): each["count"] for each in counted} == Counter(
        (each["team"], each["status"]) for each in expected
    )


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_decisions_are_counted_by_days_of_the_organisation(api: Api, by: str) -> None:
    with_effective = [("effective_since", "2022-02-01")]  # which no facet has
    for more in ([], with_effective):
        counted = _get(api, "/v1/decisions/counts", ("by", by), ("by", "team"), *more)["items"]
        days = [datetime.fromisoformat(each["recorded_at"]).astimezone(ZoneInfo("UTC")).date() for each in _all(api)]
        names = {
            "day": [day.isoformat() for day in days],
            "week": [f"{day.isocalendar().year}-W{day.isocalendar().week:02}" for day in days],
            "month": [f"{day:%Y-%m}" for day in days],
        }[by]
        expected = Counter(zip(names, (each["team"] for each in _all(api)), strict=True))
        assert {(each[by], each["team"]): each["count"] for each in counted} == expected
        assert [each[by] for each in counted] == sorted(each[by] for each in counted)


def test_by_what_is_missing_a_decision_counts_once_for_each_fact(api: Api) -> None:
    counted = _get(api, "/v1/decisions/counts", ("by", "missing_fact"))["items"]

    expected = Counter(fact for each in _all(api) for fact in each["missing_facts"])
    assert {each["missing_fact"]: each["count"] for each in counted} == expected


ACCOUNTS: dict[str, tuple[list[tuple[str, object]], Callable[[Item], bool]]] = {
    "any": ([], lambda _: True),
    "a team": ([("team", "SMB")], lambda each: each["team"] == "SMB"),
    "a missing fact": ([("missing_fact", "employee_counts")], lambda each: "employee_counts" in each["missing_facts"]),
    "a name": ([("q", "ACME")], lambda each: each["account_id"] in {"one", "three"}),
    "an id": ([("q", "four")], lambda each: each["account_id"] == "four"),
    "without a move": ([("standing_move", "false")], lambda _: True),
    "an older revision": ([("policy_version_before", "2")], lambda _: True),
    "lately": (
        [("updated_since", (START + timedelta(hours=40)).isoformat())],
        lambda each: each["account_id"] in {"five", "two", "three"},
    ),
}


@pytest.mark.parametrize("asked", ACCOUNTS.values(), ids=ACCOUNTS)
def test_accounts_are_listed_as_each_stands_and_counted_alike(
    api: Api, asked: tuple[list[tuple[str, object]], Callable[[Item], bool]]
) -> None:
    parameters, holds = asked
    standing = [api.get(f"/v1/accounts/{name}")["decision"] for name in ("one", "two", "three", "four", "five")]
    newest = sorted((each for each in standing if holds(each)), key=lambda each: each["id"], reverse=True)
    assert newest

    found = _get(api, "/v1/accounts", *parameters)["items"]
    assert [each["decision_id"] for each in found] == [each["id"] for each in newest]
    assert [(each["team"], each["status"]) for each in found] == [(each["team"], each["status"]) for each in newest]
    counted = _get(api, "/v1/accounts/counts", ("by", "team"), *parameters)["items"]
    assert {each["team"]: each["count"] for each in counted} == Counter(each["team"] for each in newest)


def test_accounts_are_listed_as_of_an_instant_and_for_a_day_as_each_is_answered(api: Api) -> None:
    instants = [START + timedelta(hours=7 * place + 1) for place in range(len(TOLD))]
    days = ["2022-02-25", "2022-03-15", "2022-03-16"]
    times = [*(("as_of", each.isoformat()) for each in instants), *(("on", day) for day in days)]
    both = itertools.product(times[: len(instants)], times[len(instants) :])
    for asked in [*((each,) for each in times), *both]:
        expected = {}
        for name in ("one", "two", "three", "four", "five"):
            answer = api.http.get(f"/v1/accounts/{name}", params=dict(asked))
            if answer.status_code == 200:
                expected[name] = answer.json()["decision"]["id"]
        found = {each["account_id"]: each["decision_id"] for each in _get(api, "/v1/accounts", *asked)["items"]}
        assert found == expected, asked
        counted = _get(api, "/v1/accounts/counts", ("by", "status"), *asked)["items"]
        assert sum(each["count"] for each in counted) == len(expected)


def test_the_pages_behind_the_first_are_as_of_the_first(fresh_api: Api) -> None:
    for place in range(7):
        fresh_api.classify(id=f"a-{place}", df=60, on=None)
        fresh_api.clock.advance(minutes=1)
    page = fresh_api.http.get("/v1/accounts", params={"limit": 3})
    seen = [each["account_id"] for each in page.json()["items"]]
    fresh_api.clock.advance(minutes=1)
    fresh_api.classify(id="a-0", df=640, on=None)
    fresh_api.classify(id="a-9", df=640, on=None)
    while "next" in page.links:
        page = fresh_api.http.get(page.links["next"]["url"])
        seen += [each["account_id"] for each in page.json()["items"]]

    assert seen == [f"a-{place}" for place in reversed(range(7))]


def test_all_accounts_come_as_lines_and_as_rows(api: Api) -> None:
    items = _get(api, "/v1/accounts")["items"]
    lines = api.http.get("/v1/accounts", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    rows = list(csv.DictReader(io.StringIO(api.http.get("/v1/accounts", headers={"Accept": "text/csv"}).text)))

    assert [json.loads(line) for line in lines] == items
    assert [row["decision_id"] for row in rows] == [each["decision_id"] for each in items]


def test_an_account_that_is_stamped_ahead_of_the_clock_is_in_every_form_of_the_list(fresh_api: Api) -> None:
    fresh_api.classify(id="ahead", df=60, on=None)
    fresh_api.clock.advance(days=-1)
    fresh_api.classify(id="now", df=60, on=None)

    rows = fresh_api.http.get("/v1/accounts", headers={"Accept": "text/csv"}).text
    assert [each["account_id"] for each in csv.DictReader(io.StringIO(rows))] == ["ahead", "now"]
    page = fresh_api.http.get("/v1/accounts", params={"limit": 1})
    following = fresh_api.http.get(page.links["next"]["url"]).json()["items"]
    assert [each["account_id"] for each in (*page.json()["items"], *following)] == ["ahead", "now"]


@pytest.mark.parametrize("path", ["/v1/accounts/two/history", "/v1/handoffs", "/v1/reviews"])
def test_other_lists_come_as_lines_and_as_rows_too(api: Api, path: str) -> None:
    items = _get(api, path, ("limit", 500))["items"]
    lines = api.http.get(path, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    rows = list(csv.DictReader(io.StringIO(api.http.get(path, headers={"Accept": "text/csv"}).text)))
    first = api.http.get(path, params={"limit": 1}, headers={"Accept": "application/x-ndjson"}).text.splitlines()

    assert [json.loads(line) for line in lines] == items
    assert first == lines[:1]
    assert [row.get("decision_id", row.get("id")) for row in rows] == [
        each.get("decision_id", each.get("id")) for each in items
    ]
    assert api.http.get(path, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("/v1/decisions", "leading_source", "guesswork"),
        ("/v1/decisions", "missing_fact", "shoe_size"),
        ("/v1/decisions", "region", "DACH"),
        ("/v1/decisions", "team", "MMKAFO,SMB"),
        ("/v1/decisions", "view", "short"),
        ("/v1/decisions", "policy_version", "0"),
        ("/v1/decisions/counts", "by", "actor"),
        ("/v1/accounts/counts", "by", "kind"),
        ("/v1/accounts", "q", "ab"),
        ("/v1/accounts", "q", "   "),
        ("/v1/accounts", "q", "a\x00bc"),
        ("/v1/accounts", "as_of", "2999-01-01"),
        ("/v1/accounts", "on", "2999-01-01"),
        ("/v1/accounts", "cursor", "A"),
        ("/v1/accounts/counts", "by", "day"),
    ],
)
def test_what_is_no_value_of_a_filter_is_refused_by_its_name(api: Api, path: str, parameter: str, value: str) -> None:
    more = {"by": "team"} if path.endswith("/counts") and parameter != "by" else {}
    answer = api.http.get(path, params={parameter: value, **more})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].strip("/").split("/")[0] == parameter


def test_before_there_was_anything_no_account_stood_anywhere(api: Api) -> None:
    assert _get(api, "/v1/accounts", ("as_of", "0268-09-01T00:00:00Z"))["items"] == []
    assert _get(api, "/v1/decisions/counts", ("by", "day"), ("recorded_until", "0268-09-01T00:00:00Z"))["items"] == []


def test_counts_are_by_something_each_once(api: Api) -> None:
    for by in ([], ["team", "team"], ["team", "status", "rule", "kind"]):
        answer = api.http.get("/v1/decisions/counts", params=[("by", each) for each in by])
        assert answer.status_code == 422
