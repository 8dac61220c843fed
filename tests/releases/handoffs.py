"""Won First Orders of every course (HAND-1 to HAND-7)."""

from typing import Any

import httpx

from tests.api import Api
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, start, tick
from tests.releases.accounts import FACTS

_BECAUSE = {"reason": "As the contract has it"}


def hand_over(api: Api) -> None:
    """Start handoffs, escalate some, answer some of these, and complete some."""
    _complete(api, _won(api, "by-call", net_arr="18000.00", named_ae="Sample Named AE"))
    _of_the_customer(api, "by-call")

    by_email = _won(api, "by-email", total_users=99, initial_amount="100.00", immediate_potential="1999.99")
    _of_the_customer(api, "by-email")
    _complete(api, by_email, mode="email")

    _won(api, "late", closed_on="2022-05-30", immediate_potential=None)

    unsaid = _won(api, "users-of-contract", total_users=None)
    _answer(api, unsaid, "MMKAN")
    kept = _won(api, "kept", in_question="The customer is being bought")
    _answer(api, kept, "MMKAFO")
    _won(api, "in-question", in_question="Merged with another account")

    escalated = _won(api, "escalated")
    _took(tick(api, escalated, "license-installed"))
    _took(api.http.delete(f"{_path(escalated)}/items/license-installed", params={"reason": "Wrong day"}))
    _took(api.http.post(f"{_path(escalated)}/escalation", json=_BECAUSE))
    _answer(api, escalated, "MM_TERRITORY")
    _complete(api, escalated)
    _took(api.http.post(f"{_path(escalated)}/billing-reassignment", json=_BECAUSE))


def _won(api: Api, account: str, **more: object) -> dict[str, Any]:
    return _took(start(api, account, **more))


def _answer(api: Api, handoff: dict[str, Any], team: str) -> None:
    _took(api.http.post(f"{_path(handoff)}/escalation-answer", json={"team": team} | _BECAUSE))


def _complete(api: Api, handoff: dict[str, Any], mode: str = "call") -> None:
    for item in NAMED_BY_HAND:
        has_mode = item in {"handoff-contact", "contact-scheduled"}
        _took(tick(api, handoff, item, evidence={"mode": mode} if has_mode else {}))


def _of_the_customer(api: Api, account: str) -> None:
    """The account is classified as the customer that it has become."""
    facts = FACTS[account] | {"customer": True, "first_order_available": False}
    api.classify(id=account, **facts)


def _path(handoff: dict[str, Any]) -> str:
    return f"/v1/handoffs/{handoff['id']}"


def _took(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body
