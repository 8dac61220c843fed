"""The calendar as programs subscribe to it, read by another library than the one that wrote it."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import vobject

from service.domain.keys import Scope
from tests.api import Api
from tests.problems import hold_problem

NOBODY = {"Authorization": ""}


@pytest.fixture(scope="module")
def key(shared: Api) -> str:
    return shared.key("calendar program", Scope.CALENDAR)["Authorization"].removeprefix("Bearer ")


def feed(api: Api, key: str, query: str = "", **headers: str) -> httpx.Response:
    return api.http.get(f"/v1/calendar/{key}.ics{query}", headers=NOBODY | headers)


def events(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return list(vobject.readOne(answer.text).vevent_list)


def test_another_reader_finds_in_the_feed_what_the_list_has(shared: Api, key: str) -> None:
    read = [
        (each.dtstart.value, each.summary.value, each.description.value.partition(".")[0])
        for each in events(feed(shared, key))
    ]
    listed = shared.get("/v1/calendar", **{"from": "2025-11-04", "until": "2027-02-09"})["items"]

    def starts(entry: dict[str, Any]) -> date:
        return (
            datetime.fromisoformat(f"{entry['on']}T{entry['at']}") if entry["at"] else date.fromisoformat(entry["on"])
        )

    assert read == [(starts(each), each["text"], each["rule"]) for each in listed]
    floating = [start for start, _, rule in read if rule == "CAL-3"]
    assert floating
    assert all(isinstance(start, datetime) and start.tzinfo is None and start.hour == 17 for start in floating)
    only = events(feed(shared, key, "?kind=quarter_changeover"))
    assert [each.dtstart.value.month for each in only] == [2, 5, 8, 11, 2]


def test_the_feed_is_the_same_bytes_until_the_day_changes_and_an_entry_keeps_its_identifier(
    shared: Api, key: str
) -> None:
    before, again = feed(shared, key), feed(shared, key)
    shared.clock.advance(days=1)
    after = feed(shared, key)
    shared.clock.advance(days=-1)

    assert before.content == again.content != after.content
    assert before.headers["content-type"].startswith("text/calendar")
    assert before.headers["cache-control"].startswith("private")
    lines = before.content.split(b"\r\n")
    assert not any(b"\n" in line or len(line) > 75 for line in lines)
    old, new = ({each.uid.value: each.serialize() for each in events(answer)} for answer in (before, after))
    shared_ids = old.keys() & new.keys()
    assert len(shared_ids) > 200
    assert all(old[each] == new[each] for each in shared_ids)
    assert len(old) == len(events(before))
    stamps = {each.dtstamp.value for each in events(before)}
    assert stamps == {datetime(2022, 2, 1, tzinfo=UTC)}
    assert shared.http.head(f"/v1/calendar/{key}.ics", headers=NOBODY).status_code == 200


def test_a_key_in_the_path_has_the_scope_of_the_calendar_alone_and_has_to_work(shared: Api) -> None:
    for scope in Scope:
        one = shared.key(f"feed {scope}", scope)["Authorization"].removeprefix("Bearer ")
        answer = feed(shared, one)
        assert answer.status_code == (200 if scope is Scope.CALENDAR else 401)
    every = shared.key("feed of all")["Authorization"].removeprefix("Bearer ")
    assert feed(shared, every).status_code == 401
    revoked = shared.key("revoked feed", Scope.CALENDAR)["Authorization"].removeprefix("Bearer ")
    shared.revoke("revoked feed")
    hold_problem(feed(shared, revoked), 401, "unauthenticated")
    alone = shared.key("another feed", Scope.CALENDAR)["Authorization"].removeprefix("Bearer ")
    hold_problem(feed(shared, alone, "?kind=holiday"), 422, "invalid_request")


@pytest.mark.parametrize("sent", ["x", "key", "", "a/b", "%00", "%FF", "chalk_0", "close-date", "k" * 20_000])
def test_whatever_else_stands_there_opens_nothing(shared: Api, sent: str) -> None:
    answer = shared.http.get(f"/v1/calendar/{sent}.ics")

    hold_problem(answer, 401, "unauthenticated")


def test_a_key_in_the_path_of_a_feed_stands_in_no_log_no_measure_and_no_problem(shared: Api, key: str) -> None:
    path = f"/v1/calendar/{key}.ics"
    answers = [
        feed(shared, key),
        feed(shared, key, "?kind=holiday"),
        feed(shared, f"{key}x"),
        shared.http.post(path, headers=NOBODY),
        shared.http.get(f"/{path}", headers=NOBODY),
        shared.http.get(path.removesuffix(".ics"), headers=NOBODY),
        shared.http.get(f"{path}/", headers=NOBODY),
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 401, 405, 404, 404, 404]
    told = [answer.text + str(answer.headers) for answer in answers]
    logged = [str(shared.log_of(answer.headers["x-request-id"])) for answer in answers]
    measured = shared.http.get("/metrics").text
    assert 'path="/v1/calendar/{key}.ics"' in measured
    assert not [text for text in (*told, *logged, measured) if key in text]
