"""Close dates, held to cases that were worked out by hand."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.domain.close_date import (
    CloseDate,
    CloseDateConvention,
    Closing,
    SetLaterError,
    decide_close_date,
)
from service.domain.sales_bounds import SalesBounds
from service.domain.terms import OpportunityKind
from tests.golden import HERE

CASES: list[dict[str, Any]] = tomllib.loads((HERE / "close_dates.toml").read_text())["case"]
DAY = date(2022, 4, 20)
KNOWN: dict[str, tuple[Any, ...]] = {
    "kind": tuple(OpportunityKind),
    "closing_on": (DAY, date(2022, 3, 1)),
    "compelling_event": (True, False),
    "quote_out": (True, False),
    "signing_expected_on": (DAY, date(2022, 4, 15), date(2022, 4, 23)),
    "set_at": (datetime(2022, 4, 1, tzinfo=UTC), datetime(2022, 4, 19, 12, tzinfo=UTC)),
}


def opportunity(**given: Any) -> Closing:  # noqa: ANN401 - what a case gives
    kind = given.pop("kind", None)
    return Closing(kind=None if kind is None else OpportunityKind(kind), **given)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_an_opportunity_gets_the_close_date_that_the_conventions_give_it(case: dict[str, Any]) -> None:
    found = decide_close_date(
        opportunity(**case["given"]), case["asked"], ZoneInfo(case.get("zone", "UTC")), SalesBounds()
    )

    expect = case["expect"]
    assert (found.convention, found.close_date, found.stands, found.stands_until) == tuple(
        expect.get(name) for name in ("convention", "close_date", "stands", "stands_until")
    )
    assert found.missing_facts == tuple(expect.get("missing_facts", ()))
    assert [each.code for each in found.actions] == expect.get("actions", [])
    assert [each.code for each in found.advice] == expect.get("advice", [])
    assert found.explanation
    assert all(clause.rule == "CAL-2" and clause.citation for clause in found.explanation)


def settled(found: CloseDate) -> tuple[CloseDateConvention | None, date | None]:
    return found.convention, found.close_date


def test_what_is_known_is_changed_by_no_fact_that_becomes_known_and_what_is_missing_settles_it() -> None:
    names = list(KNOWN)
    for values in product(*((None, *KNOWN[name]) for name in names)):
        given = dict(zip(names, values, strict=True))
        found = decide_close_date(Closing(**given), DAY, UTC, SalesBounds())
        assert all(given[fact] is None for fact in found.missing_facts)
        for name in [each for each in names if given[each] is None]:
            for value in KNOWN[name]:
                later = decide_close_date(Closing(**given | {name: value}), DAY, UTC, SalesBounds())
                if found.close_date is not None:
                    assert settled(later) == settled(found)
                if found.stands is not None:
                    assert later.stands is found.stands
                if name not in found.missing_facts:
                    assert later.close_date == found.close_date or name == "set_at"
        if found.missing_facts:
            filled = {fact: KNOWN[fact][0] for fact in found.missing_facts}
            whole = decide_close_date(Closing(**given | filled), DAY, UTC, SalesBounds())
            assert whole.close_date is not None


def test_a_close_date_that_is_set_later_than_it_is_asked_about_is_refused() -> None:
    at = datetime(2022, 4, 20, 12, tzinfo=UTC)
    decide_close_date(Closing(set_at=at), DAY, UTC, SalesBounds())

    with pytest.raises(SetLaterError):
        decide_close_date(Closing(set_at=at), at - timedelta(seconds=1), UTC, SalesBounds())
    with pytest.raises(SetLaterError):
        decide_close_date(Closing(set_at=at), DAY - timedelta(days=1), UTC, SalesBounds())


@pytest.mark.parametrize("end", [date.min, date.max])
def test_the_ends_of_the_calendar_have_close_dates_too(end: date) -> None:
    at = datetime.combine(end, datetime.min.time(), UTC)
    given: dict[str, Any] = {
        "closing_on": end,
        "signing_expected_on": end,
        "quote_out": False,
        "kind": OpportunityKind.GROWTH,
    }

    for kind, event, asked in product(OpportunityKind, (True, False), (end, at)):
        case = Closing(**given | {"kind": kind, "compelling_event": event, "set_at": at})
        assert decide_close_date(case, asked, ZoneInfo("Pacific/Kiritimati"), SalesBounds()).close_date is not None
