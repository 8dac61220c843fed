import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.backoff import (
    DISABLED_AFTER,
    GIVEN_UP_AFTER,
    LATEST,
    LONGEST_ASKED_FOR,
    LONGEST_REST,
    SOONEST,
    left_alone_until,
    next_attempt,
)
from service.delivery.outcomes import Declined, Failed, Failure, NotSent, SendResult, Sent
from service.domain.subscriptions import DeliveryStatus, Target
from service.store.delivery.attempts import FailuresBefore, Ruling
from service.usecases.relay import rule_on

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ALMOST_ONE = 1 - 2**-53
TIMEOUT = Failed(fault=Failure.TIMEOUT, reason="No answer came in time")

attempts = st.integers(min_value=1, max_value=10_000)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
asked = st.none() | st.floats(min_value=0, max_value=1e12)


def wait(attempts_made: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """The wait after a failure that is the first one by the clock."""
    at = next_attempt(attempts_made, failed_at=NOW, first_failed_at=NOW, retry_after=retry_after, jitter=jitter)
    assert at is not None
    return at - NOW


def sent(status: int, retry_after: float | None = None) -> Sent:
    return Sent(status=status, retry_after=retry_after, body=b"")


def failures(
    before: int = 0, first_failed: timedelta | None = None, failing_for: timedelta | None = None
) -> FailuresBefore:
    return FailuresBefore(
        failures=before,
        first_failed_at=None if first_failed is None else NOW - first_failed,
        failing_since=None if failing_for is None else NOW - failing_for,
    )


def disabled(reason: str) -> Ruling:
    return Ruling(status=DeliveryStatus.PENDING, next_at=NOW, disabled_reason=reason)


TRIED_AGAIN = Ruling(status=DeliveryStatus.PENDING, next_at=NOW + SOONEST)


@given(attempts, jitters)
def test_every_wait_is_between_five_seconds_and_six_hours(attempts_made: int, jitter: float) -> None:
    assert SOONEST <= wait(attempts_made, jitter) <= LATEST


@given(attempts, jitters)
def test_a_wait_never_shrinks_with_a_further_attempt_of_the_same_jitter(attempts_made: int, jitter: float) -> None:
    assert wait(attempts_made, jitter) <= wait(attempts_made + 1, jitter)


@given(attempts, jitters, jitters)
def test_a_wait_grows_with_its_jitter(attempts_made: int, one: float, other: float) -> None:
    assert wait(attempts_made, min(one, other)) <= wait(attempts_made, max(one, other))


@given(attempts, jitters, asked)
def test_the_endpoint_is_left_alone_for_as_long_as_it_asks_up_to_a_day(
    attempts_made: int, jitter: float, retry_after: float | None
) -> None:
    waited = wait(attempts_made, jitter, retry_after)

    if retry_after is not None:
        assert waited >= min(timedelta(seconds=min(retry_after, 1e9)), LONGEST_ASKED_FOR)
    assert wait(attempts_made, jitter) <= waited <= LONGEST_ASKED_FOR


@given(attempts, jitters, asked, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10)))
def test_nothing_is_tried_later_than_three_days_after_the_first_failure(
    attempts_made: int, jitter: float, retry_after: float | None, since: timedelta
) -> None:
    first = NOW - since
    at = next_attempt(attempts_made, failed_at=NOW, first_failed_at=first, retry_after=retry_after, jitter=jitter)

    assert at is None or NOW < at <= first + GIVEN_UP_AFTER


def test_the_bound_doubles_until_it_is_six_hours() -> None:
    bounds = [round(wait(number, ALMOST_ONE).total_seconds()) for number in range(1, 16)]

    assert bounds == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 21600, 21600, 21600]


@given(st.integers())
def test_a_delivery_that_never_succeeds_is_tried_some_thirty_times_over_almost_three_days(seed: int) -> None:
    drawn = random.Random(seed)
    tried = [NOW]
    while True:
        at = next_attempt(len(tried), failed_at=tried[-1], first_failed_at=NOW, retry_after=None, jitter=drawn.random())
        if at is None:
            break
        tried.append(at)

    assert 20 <= len(tried) <= 70
    assert GIVEN_UP_AFTER - LATEST <= tried[-1] - NOW <= GIVEN_UP_AFTER


@pytest.mark.parametrize(("attempts_made", "jitter"), [(0, 0.5), (1, 1.0), (1, -0.1), (1, float("nan"))])
def test_no_attempt_and_a_jitter_out_of_range_are_mistakes(attempts_made: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        next_attempt(attempts_made, failed_at=NOW, first_failed_at=NOW, retry_after=None, jitter=jitter)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_status_of_success_is_a_delivery_however_long_the_endpoint_failed(status: int) -> None:
    before = failures(8, timedelta(days=4), timedelta(days=9))

    assert rule_on(sent(status), NOW, before, 0.5) == Ruling(status=DeliveryStatus.DELIVERED, hastened=True)


@pytest.mark.parametrize("outcome", [sent(199), sent(302), sent(400), sent(404), sent(500), TIMEOUT])
def test_whatever_else_comes_of_it_is_tried_again(outcome: SendResult) -> None:
    assert rule_on(outcome, NOW, failures(), 0) == TRIED_AGAIN


def test_what_the_endpoint_asks_for_is_kept_to() -> None:
    until = NOW + timedelta(hours=1)
    asked_for = Ruling(status=DeliveryStatus.PENDING, next_at=until, paused_until=until)

    assert rule_on(sent(429, 3600), NOW, failures(), 0) == asked_for


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (sent(429, 60), 60),
        (sent(503, 0), 0),
        (sent(503, 1e9), LONGEST_ASKED_FOR.total_seconds()),
        (sent(503), None),
        (sent(500, 60), None),
        (sent(200, 60), None),
        (TIMEOUT, None),
    ],
)
def test_an_endpoint_that_is_overloaded_and_says_until_when_is_left_alone(
    outcome: SendResult, seconds: float | None
) -> None:
    assert left_alone_until(outcome, NOW) == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_an_endpoint_that_is_gone_is_disabled_at_once() -> None:
    assert rule_on(sent(410), NOW, failures(), 0) == disabled("The endpoint answered 410: it is gone")


def test_an_endpoint_that_accepts_nothing_for_five_days_is_disabled() -> None:
    moment = timedelta(microseconds=1)

    assert rule_on(TIMEOUT, NOW, failures(failing_for=DISABLED_AFTER - moment), 0) == TRIED_AGAIN
    assert rule_on(TIMEOUT, NOW, failures(failing_for=DISABLED_AFTER), 0) == disabled(
        "The endpoint has accepted nothing for 5 days"
    )


def test_a_delivery_that_is_not_accepted_for_three_days_is_given_up() -> None:
    last = GIVEN_UP_AFTER - SOONEST

    assert rule_on(TIMEOUT, NOW, failures(29, last), 0) == TRIED_AGAIN
    given_up = rule_on(TIMEOUT, NOW, failures(29, last + timedelta(microseconds=1)), 0)
    assert given_up == Ruling(status=DeliveryStatus.GIVEN_UP)


@pytest.mark.parametrize(
    ("failed_for", "asked_for", "rests_for"),
    [
        (0, None, SOONEST),
        (60, None, timedelta(seconds=60)),
        (86_400, None, LONGEST_REST),
        (60, 7_200, timedelta(hours=2)),
    ],
)
def test_salesforce_as_a_whole_is_left_alone_for_as_long_again_as_it_has_failed(
    failed_for: float, asked_for: float | None, rests_for: timedelta
) -> None:
    before = replace(failures(failing_for=timedelta(seconds=failed_for)), target=Target.SALESFORCE)

    assert rule_on(sent(403, asked_for), NOW, before, 0).paused_until == NOW + rests_for


def test_a_record_that_is_refused_is_tried_again_and_ends_the_failures_of_its_subscriber() -> None:
    before = replace(failures(failing_for=timedelta(days=9)), target=Target.SALESFORCE)
    refused = Declined(status=200, reason="UNABLE_TO_LOCK_ROW")

    assert rule_on(refused, NOW, before, 0) == replace(TRIED_AGAIN, taken=True, hastened=True)
    assert rule_on(refused, NOW, failures(), 0) == replace(TRIED_AGAIN, taken=True)


@pytest.mark.parametrize(
    "outcome",
    [NotSent(reason="Another writes", again=True), Failed(fault=Failure.INTERNAL, reason="LostKeyError")],
)
def test_what_keeps_us_from_sending_is_tried_again_and_is_no_fault_of_the_endpoint(outcome: NotSent | Failed) -> None:
    for before in (failures(), failures(failing_for=timedelta(days=9))):
        assert rule_on(outcome, NOW, before, 0) == replace(TRIED_AGAIN, blameless=True)


def test_what_need_not_be_sent_is_settled() -> None:
    ruling = rule_on(NotSent(reason="It is there already"), NOW, failures(), 0)

    assert ruling == Ruling(status=DeliveryStatus.DELIVERED, blameless=True)
