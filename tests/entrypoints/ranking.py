"""Ranks given over HTTP, for tests."""

from typing import Any

import httpx

from tests.api import Api

STATED = {
    "rank": "1",
    "potential_users": 40,
    "sources": ["The call of 3 March"],
    "reason": "They want to buy in spring.",
}
SELLER = {"role": "ae", "active_from": "2025-02-01"}


def put(api: Api, account_id: str, **said: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    stated = {name: value for name, value in (STATED | said).items() if value is not None}
    return api.http.put(f"/v1/accounts/{account_id}/rank", json=stated)


def given(api: Api, account_id: str, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = put(api, account_id, **said)
    assert answer.status_code in {200, 201}, answer.text
    rank: dict[str, Any] = answer.json()
    return rank


def smb(api: Api, *account_ids: str, **facts: Any) -> None:  # noqa: ANN401 - facts
    for account_id in account_ids:
        api.classify(id=account_id, df=60, on=None, **facts)


def seller(api: Api, person_id: str, **said: Any) -> None:  # noqa: ANN401 - JSON
    person = {"name": f"Sample {person_id}", "crm_user_id": f"user-{person_id}"} | SELLER | said
    answer = api.http.put(f"/v1/people/{person_id}", json=person)
    assert answer.status_code in {200, 201}, answer.text


def full(api: Api, account_executive: str) -> list[str]:
    """Ten SMB accounts of rank 1 of one account executive."""
    ten = [f"{account_executive.replace(' ', '-')}-{number}" for number in range(10)]
    smb(api, *ten)
    for account_id in ten:
        given(api, account_id, account_executive=account_executive)
    return ten


def checks(rank: dict[str, Any]) -> dict[str, tuple[bool | None, bool | None]]:
    return {each["rule"]: (each["applies"], each["met"]) for each in rank["checks"]}
