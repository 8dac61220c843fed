"""How many requests a key may make: the rest is refused, and says for how long."""

from datetime import timedelta

import pytest

from service.domain.keys import Scope
from service.entrypoints.common.rates import Rates
from tests.api import Api, serving
from tests.application import Clock
from tests.problems import hold_problem

MOST = 4


def test_a_key_that_asks_too_often_is_refused_and_told_for_how_long(database_url: str) -> None:
    clock = Clock()
    with serving(database_url, clock=clock, most_requests=MOST) as api:
        answers = [api.http.get("/v1/decisions") for _ in range(MOST)]
        assert {answer.status_code for answer in answers} == {200}
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"key";q=4;w=60'}
        left = ['"key";r=3;t=15', '"key";r=2;t=30', '"key";r=1;t=45', '"key";r=0;t=60']
        assert [answer.headers["RateLimit"] for answer in answers] == left

        refused = api.http.post("/v1/classifications", json={})
        hold_problem(refused, 429, "too_many_requests")
        assert (refused.headers["Retry-After"], refused.headers["RateLimit"]) == ("15", '"key";r=0;t=15')

        other = api.key("another", Scope.READ)
        assert api.http.get("/v1/decisions", headers=other).headers["RateLimit"] == '"key";r=3;t=15'
        assert api.http.get("/healthz").status_code == 200

        clock.advance(seconds=15)
        assert api.http.get("/v1/decisions").headers["RateLimit"] == '"key";r=0;t=60'
        assert api.http.get("/v1/decisions").status_code == 429


def test_a_rate_goes_by_a_clock_that_nobody_sets(database_url: str) -> None:
    clock = Clock()
    with serving(database_url, clock=clock, most_requests=1) as api:
        assert api.http.get("/v1/decisions").status_code == 200
        clock.at += timedelta(days=1)
        assert api.http.get("/v1/decisions").status_code == 429


def test_requests_are_not_counted_unless_that_is_set(api: Api) -> None:
    answer = api.http.get("/v1/decisions")
    assert not {"ratelimit", "ratelimit-policy"} & answer.headers.keys()


@pytest.mark.parametrize("most", [1, 7, 60, 6000])
def test_a_steady_rate_is_answered_for_ever(most: int) -> None:
    now = 0.0
    rates = Rates(most, lambda: now)
    for _ in range(most):
        assert not rates.take("a")[1]
    for _ in range(3 * most):
        assert rates.take("a")[1]
        now += 60 / most
        assert not rates.take("a")[1]


def test_what_is_kept_of_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.entrypoints.common.rates._MOST_KEYS", 2)
    rates = Rates(1, lambda: 0.0)
    assert [rates.take(key)[1] for key in ("a", "b", "b", "c", "a")] == [0, 0, 60, 0, 0]
