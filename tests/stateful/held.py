"""What is wrong with the record, a sentence each: held against the model, and against itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from tests.api import Api
from tests.stateful.accounts import Account
from tests.stateful.handoffs import FREE_OF_THE_RECEIVER, Handoff
from tests.stateful.service import Service

_TABLES = ("decisions", "accounts", "reviews", "conduct_matters", "handoffs", "handoff_steps", "idempotency_keys")
_COUNTS = text("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in _TABLES))  # noqa: S608 - ours
_CHAIN = text("SELECT id, previous_decision_id, team, stands FROM decisions WHERE account_id = :account ORDER BY id")
_COLUMNS = text("SELECT opportunity_id, status, receiver, two_way_on FROM handoffs WHERE account_id = :account")
_MICROSECOND = timedelta(microseconds=1)


def counts(api: Api) -> dict[str, int]:
    """How many rows each table has."""
    with api.database.engine.connect() as connection:
        return dict(zip(_TABLES, connection.execute(_COUNTS).one(), strict=True))


def faults(service: Service, place: int, account: Account) -> Iterator[str]:
    """What is wrong with what is recorded of an account that should stand so."""
    name = service.account(place)
    if not account.decisions:
        if service.api.http.get(f"/v1/accounts/{name}").status_code != 404:
            yield f"{name} was never decided upon, and stands somewhere"
        return
    standing = service.api.get(f"/v1/accounts/{name}")
    if standing["team"] != account.team:
        yield f"{name} stands with {standing['team']}, not with {account.team}"
    if (standing["team"] is None) != (standing["status"] == "pending_review"):
        yield f"{name} stands with {standing['team']}, and is {standing['status']}"
    with service.api.database.engine.connect() as connection:
        decisions = connection.execute(_CHAIN, {"account": name}).all()
    if len(decisions) != account.decisions:
        yield f"{name} has {len(decisions)} decisions, not {account.decisions}"
    stood, team = None, None
    for decision in decisions:
        if _hex(decision.previous_decision_id) != stood:
            yield f"{decision.id} of {name} does not follow what stood"
        if decision.stands is None or decision.stands:
            stood, team = _hex(decision.id), decision.team
    if (_hex(standing["decision"]["id"]), standing["team"]) != (stood, team):
        yield f"{name} does not stand on the newest decision that stands"
    yield from _of_disputes(service, place, account)
    yield from _of_handoffs(service, place, account)


def _hex(identifier: object) -> str | None:
    """An identifier as text, in whichever form the database gives it."""
    return None if identifier is None else str(identifier).replace("-", "")


def instants_astray(api: Api, name: str) -> Iterator[str]:
    """Where an account did not stand on a decision from the instant on at which that was recorded."""
    entries = api.get(f"/v1/accounts/{name}/history", limit=500)["items"]
    history = [entry for entry in entries if entry["stands"]]
    for number, entry in enumerate(history):
        at = datetime.fromisoformat(entry["at"])
        if api.get(f"/v1/accounts/{name}", as_of=at.isoformat())["decision"]["id"] != entry["decision_id"]:
            yield f"{name} did not stand on {entry['decision_id']} at {at}"
        if number + 1 < len(history):
            then = api.get(f"/v1/accounts/{name}", as_of=(at - _MICROSECOND).isoformat())
            if then["decision"]["id"] != history[number + 1]["decision_id"]:
                yield f"{name} stood on {then['decision']['id']} before {at}"


def _of_disputes(service: Service, place: int, account: Account) -> Iterator[str]:
    for number, expected in enumerate(account.disputes):
        dispute = service.api.get(f"/v1/reviews/{service.disputes[place, number]}")
        if dispute["status"] != expected:
            yield f"A dispute of {dispute['account_id']} is {dispute['status']}, not {expected}"


def _of_handoffs(service: Service, place: int, account: Account) -> Iterator[str]:
    with service.api.database.engine.connect() as connection:
        rows = connection.execute(_COLUMNS, {"account": service.account(place)})
        columns = {opportunity: tuple(map(str, values)) for opportunity, *values in rows}
    if len(columns) != len(account.handoffs):
        yield f"{len(columns)} handoffs of {service.account(place)}, not {len(account.handoffs)}"
        return
    for expected in account.handoffs:
        identifier = service.handoffs[place, expected.opportunity]
        body = service.api.get(f"/v1/handoffs/{identifier}")
        wrong = list(_of_handoff(body, expected))
        shown = (body["status"], str(body["receiver"]), str(body["two_way_on"]))
        if columns[f"opp-{expected.opportunity}"] != shown:
            wrong.append(f"the columns say {columns[f'opp-{expected.opportunity}']}")
        yield from (f"Handoff {identifier}: {each}" for each in wrong)


def _of_handoff(body: dict[str, Any], expected: Handoff) -> Iterator[str]:
    items = {item["item"]: item for item in body["items"]}
    ticked = {name for name, item in items.items() if item["ticked"] is not None}
    required = {name for name, item in items.items() if item["required"]}
    steps = [(step["kind"], step["item"] or step["team"] or (step["items"] or [None])[0]) for step in body["steps"]]
    if steps != expected.steps:
        yield f"its steps are {steps}, not {expected.steps}"
    if ticked != set(expected.ticks) or ticked != _folded(steps, expected.first_receiver):
        yield f"{sorted(ticked)} are ticked, not {sorted(expected.ticks)}"
    if required != set(expected.required):
        yield f"{sorted(required)} are required"
    if (body["status"] == "completed") != (required <= ticked):
        yield f"it is {body['status']}, with {sorted(required - ticked)} to be done"
    if (body["status"], body["receiver"]) != (expected.status, expected.receiver):
        yield f"it is {body['status']} to {body['receiver']}, not {expected.status} to {expected.receiver}"
    if body["two_way_on"] != (None if expected.two_way_on is None else expected.two_way_on.isoformat()):
        yield f"two-way on {body['two_way_on']}, not {expected.two_way_on}"


def _folded(steps: list[tuple[str, str | None]], receiver: str | None) -> set[str | None]:
    """The items that are ticked after steps, told by nothing but the steps."""
    ticked: set[str | None] = set()
    for kind, what in steps:
        if kind == "ticked":
            assert what not in ticked, f"{what} was ticked twice"
            ticked.add(what)
        elif kind in {"reopened", "handoff_reopened"}:
            ticked.remove(what)
        elif kind == "answered" and what != receiver:
            receiver, ticked = what, ticked & FREE_OF_THE_RECEIVER
    return ticked
