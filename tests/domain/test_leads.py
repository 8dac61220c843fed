"""Leads, held to cases that were worked out by hand."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.domain.leads import AssignedLead, respond_to
from service.domain.sales_bounds import SalesBounds
from service.domain.terms import LeadKind
from tests.golden import HERE

CASES: list[dict[str, Any]] = tomllib.loads((HERE / "leads.toml").read_text())["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_lead_stands_as_the_handbook_has_it(case: dict[str, Any]) -> None:
    stated = case["lead"] | {"kind": LeadKind(case["lead"]["kind"])}
    lead = AssignedLead(id="lead-1", sdr="an SDR", **stated)
    zone = ZoneInfo(case.get("zone", "UTC"))

    found = respond_to(lead, case.get("touched"), case["asked"], zone, SalesBounds())

    expect = {"ae_may_step_in": False} | case["expect"]
    names = ("due_at", "first_channel", "sequence", "in_time", "overdue", "ae_on", "ae_may_step_in")
    assert {name: getattr(found, name) for name in names} == {name: expect.get(name) for name in names}
    assert all(clause.citation for clause in found.explanation)


@pytest.mark.parametrize("kind", LeadKind)
@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_have_leads_too(kind: LeadKind, end: datetime) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        lead = AssignedLead(id="lead-1", kind=kind, assigned_at=end, sdr="x")
        found = respond_to(lead, None, end, ZoneInfo(zone), SalesBounds())
        assert (found.overdue, found.ae_may_step_in) == (False, False)


@pytest.mark.parametrize(
    ("minutes", "seconds", "in_time"), [(90, 5_400, True), (90, 5_401, False), (1, 60, True), (1, 61, False)]
)
def test_other_minutes_are_other_seconds(minutes: int, seconds: int, *, in_time: bool) -> None:
    at = datetime(2022, 3, 15, 9, tzinfo=UTC)
    lead = AssignedLead(id="lead-1", kind=LeadKind.OTHER_MQL, assigned_at=at, sdr="x")
    touch = at + timedelta(seconds=seconds)

    assert respond_to(lead, touch, touch, UTC, SalesBounds(lead_minutes=minutes)).in_time is in_time


@pytest.mark.parametrize(("days", "on", "may"), [(0, 15, False), (0, 16, True), (3, 18, False), (3, 19, True)])
def test_other_days_alone_are_other_days_of_the_organisation(days: int, on: int, *, may: bool) -> None:
    at = datetime(2022, 3, 15, 23, tzinfo=UTC)
    lead = AssignedLead(id="lead-1", kind=LeadKind.INQUIRY, assigned_at=at, sdr="x")

    found = respond_to(lead, None, datetime(2022, 3, on, 23, 30, tzinfo=UTC), UTC, SalesBounds(lead_days_alone=days))

    assert (found.ae_may_step_in, found.ae_on) == (may, date(2022, 3, 16 + days))
