"""Revisions of the bounds of sales work, published and used over HTTP, for tests."""

from datetime import datetime
from typing import Any

from tests.api import Api

FIRST = "2026-01-05"
"""The day from which the other bounds hold: that of the clock. On the days before it the handbook's do."""
OTHER = {
    "lead_minutes": 120,
    "lead_days_alone": 3,
    "top_places": 3,
    "meeting_day": 10,
    "last_work_days": 2,
    "update_weekday": "fri",
    "update_hour": 9,
    "close_date_hours": 24,
    "close_date_window_days": 90,
    "co_selling_days": 3,
    "co_selling_fewest": 3,
    "co_selling_aim": 5,
    "co_selling_aim_most": 6,
}
BOUNDS = "/v1/policies/fy23-duties"


def drafted(api: Api, parameters: dict[str, Any], since: str = FIRST) -> dict[str, Any]:
    body = {"policy_id": "fy23-duties", "parameters": parameters, "effective_from": since, "reason": "A trial."}
    answer = api.http.post("/v1/policies/drafts", json=body)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def published(api: Api, parameters: dict[str, Any], since: str = FIRST) -> int:
    draft = drafted(api, parameters, since)
    answer = api.http.post(f"/v1/policies/drafts/{draft['id']}/publish")
    assert answer.status_code == 201, answer.text
    version: int = answer.json()["published_as"]
    return version


def assigned(api: Api, lead_id: str, at: datetime, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    body = {"id": lead_id, "kind": "trial_request", "assigned_at": at.isoformat(), "sdr": "An SDR", "has_phone": True}
    answer = api.http.post("/v1/leads", json=body | stated)
    assert answer.status_code == 201, answer.text
    lead: dict[str, Any] = answer.json()
    return lead
