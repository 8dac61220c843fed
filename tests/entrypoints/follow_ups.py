"""What follows a classification, over HTTP: accounts to begin with, and discoveries about them."""

import json
from typing import Any

import httpx
from sqlalchemy import text

from service.domain.triggers import Move
from tests.api import Api, Decision

FIRST_ORDER: dict[str, Any] = {"df": 640, "max_family_employees": 640}
"""Facts of an account that Key Accounts First Order owns (ROUTE-3)."""
TERRITORY: dict[str, Any] = {"df": 640, "max_family_employees": 320, "lam_dev_count": 20}
"""Facts of one that Mid-Market Territory owns (ROUTE-3)."""
SMALL: dict[str, Any] = {"employees": 430, "potential_users": 60}
"""What moves an account of Key Accounts First Order (MOVE-1)."""
LARGE: dict[str, Any] = {"employees": 640}
"""What moves an account of Mid-Market Territory (MOVE-2)."""


def found(**stated: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of the request
    """A discovery as JSON has it."""
    return {"discovered_by": "Sample AE", "discovered_on": "2022-04-11"} | stated


def post_discovery(api: Api, account: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return api.http.post(f"/v1/accounts/{account}/discoveries", json=body, headers=headers)


def discover(api: Api, account: str, **stated: Any) -> Decision:  # noqa: ANN401 - as ``found`` takes them
    """Record a discovery."""
    answer = post_discovery(api, account, found(**stated))
    assert answer.status_code == 201, answer.text
    decision: Decision = answer.json()
    return decision


def owner(api: Api, account: str) -> str | None:
    """The team that owns an account now."""
    team: str | None = api.get(f"/v1/accounts/{account}")["team"]
    return team


_OLD_FIELDS = ("rule", "moved_from", "moved_to", "moved_on")


def recorded_before(api: Api, account: str) -> None:
    """Let the move that stands on an account be as an earlier release recorded it."""
    with api.database.engine.begin() as connection:
        which = {"account": account}
        query = text("SELECT move FROM accounts WHERE account_id = :account")
        move = json.loads(connection.execute(query, which).scalar_one())
        bare = json.dumps({name: move[name] for name in _OLD_FIELDS})
        assert Move.model_validate_json(bare).is_bare
        connection.execute(text("UPDATE accounts SET move = :bare WHERE account_id = :account"), which | {"bare": bare})
