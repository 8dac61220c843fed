"""Asks the service for steps over HTTP, and remembers under which names it keeps what came of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID

import httpx

from service.domain.keys import Scope
from service.domain.terms import Team
from tests.api import Api, eventually
from tests.builders import request
from tests.stateful.accounts import Account, Names
from tests.stateful.evidence import evidence
from tests.stateful.facts import KINDS
from tests.stateful.handoffs import Handoff
from tests.stateful.steps import (
    Abandon,
    AnyStep,
    Billing,
    ChangeOver,
    Classify,
    Close,
    Discover,
    Dispute,
    Escalate,
    OfHandoff,
    Reopen,
    ReopenAll,
    Reply,
    Resolve,
    Start,
    Tick,
)
from tests.stateful.world import CALLERS
from tests.store.publishing import draft, publish

Request: TypeAlias = tuple[str, str, dict[str, Any]]
_NOBODYS = str(UUID(int=0))
_BECAUSE = {"reason": "As we see it"}
_runs, _keys, _drafts = count(1), count(1), count(1)


@dataclass(frozen=True)
class Asked:
    """A request, ready to be sent, and sent again."""

    method: str
    path: str
    body: dict[str, Any] | None
    by: str
    key: str | None
    names: Names


@dataclass
class Service:
    """A running service, asked about accounts of one run's own."""

    api: Api
    headers: dict[str, dict[str, str]]
    pool: ThreadPoolExecutor
    run: int = field(default_factory=lambda: next(_runs))
    handoffs: dict[tuple[int, int], str] = field(default_factory=dict)
    reviews: dict[tuple[int, str], str] = field(default_factory=dict)
    disputes: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.api.clock().date()

    def account(self, place: int) -> str:
        return f"run-{self.run}-{place}"

    def new_key(self) -> str:
        return f"{self.run}-{next(_keys)}"

    def send(self, asked: Asked) -> httpx.Response:
        headers = self.headers[asked.by] | ({} if asked.key is None else {"Idempotency-Key": asked.key})
        return self.api.http.request(asked.method, asked.path, json=asked.body, headers=headers)

    def send_at_once(self, *asked: Asked) -> list[httpx.Response]:
        """Behind others that keep the recorder busy, so that it takes these together."""
        body = request(id=f"run-{self.run}-bystander", df=60)
        bystander = Asked("POST", "/v1/classifications", body, "admin", None, Names())
        *_, first, second = self.pool.map(self.send, (bystander, bystander, *asked))
        return [first, second]

    def asked(self, step: AnyStep, account: Account, by: str, key: str | None = None) -> Asked:
        """The request for a step about an account as it stands."""
        method, path, body = self._request(step, account)
        return Asked(method, path, body, by, key, account.names(step))

    def _request(self, step: AnyStep, account: Account) -> Request:
        name = self.account(step.account)
        match step:
            case Classify(kind=kind):
                on = self.today - timedelta(days=step.days_ago) if step.days_ago else None
                return "POST", "/v1/classifications", request(id=name, on=on, **KINDS[kind].stated)
            case Discover():
                return "POST", f"/v1/accounts/{name}/discoveries", self._discovery(step)
            case Resolve(segment=segment):
                review = self.reviews.get((step.account, step.kind), _NOBODYS)
                body = {"segment": segment, "revises": step.revises}
                return "POST", f"/v1/reviews/{review}/resolution", body | _BECAUSE
            case Dispute():
                return "POST", f"/v1/accounts/{name}/disputes", _BECAUSE
            case Close(verdict=verdict):
                review = self.disputes.get((step.account, len(account.disputes) - 1), _NOBODYS)
                body = {"rejected": True} if verdict == "rejected" else {"segment": verdict, "revises": step.revises}
                return "POST", f"/v1/reviews/{review}/resolution", body | _BECAUSE
            case Start():
                return "POST", "/v1/handoffs", self._start(step)
            case ChangeOver(on=on):
                return "POST", "/v1/changeovers", {"on": on}
            case _:
                handoff = account.handoffs[-1 - step.nth] if step.nth < len(account.handoffs) else None
                there = _NOBODYS if handoff is None else self.handoffs[step.account, handoff.opportunity]
                return _handoff_request(step, f"/v1/handoffs/{there}", handoff, self.today)

    def learn(self, step: AnyStep, answer: httpx.Response) -> None:
        """Remember under which names an accepted step is kept, and wait until a changeover is done."""
        body = answer.json()
        match step:
            case Classify(kind=kind) if body["review_id"] is not None:
                self.reviews[step.account, kind] = body["review_id"]
            case Dispute():
                number = sum(place == step.account for place, _ in self.disputes)
                self.disputes[step.account, number] = body["id"]
            case Start(opportunity=opportunity):
                self.handoffs[step.account, opportunity] = body["id"]
            case ChangeOver(on=on):
                eventually(lambda: self.api.get(f"/v1/changeovers/{on}")["status"] == "done")

    def publish_and_apply(self) -> None:
        """Publish a revision in which what no decision rests on is another, and wait until it is applied."""
        engine, number = self.api.database.engine, next(_drafts)
        publish(engine, draft(engine, number, ignored_moves_tolerated=str(number)).draft.id)
        asked = self.api.http.post("/v1/policies/fy23/application", json={"dry_run": False})
        assert asked.status_code == 202, asked.text
        eventually(lambda: self.api.get(asked.headers["Location"])["status"] == "done")

    def _discovery(self, step: Discover) -> dict[str, Any]:
        day = self.today - timedelta(days=step.days_ago)
        found = {"employees": step.employees, "potential_users": step.users}
        return found | {"discovered_by": "An AE", "discovered_on": day.isoformat()}

    def _start(self, step: Start) -> dict[str, Any]:
        return {
            "account_id": self.account(step.account),
            "opportunity_id": f"opp-{step.opportunity}",
            "closed_on": (self.today - timedelta(days=step.days_ago)).isoformat(),
            "first_order_ae": "Sam First",
            "initial_amount": "18000",
            "immediate_potential": None if step.potential is None else str(step.potential),
            "total_users": step.users,
            "net_arr": None if step.net_arr is None else str(step.net_arr),
            "in_question": "Merged with another account" if step.in_question else None,
        }


def _handoff_request(step: OfHandoff, path: str, handoff: Handoff | None, today: date) -> Request:
    match step:
        case Tick(item=item):
            day = today if handoff is None else handoff.day_of(step, today)
            return "PUT", f"{path}/items/{item}", {"evidence": evidence(item, day, step.variant)}
        case Reopen(item=item):
            return "DELETE", f"{path}/items/{item}", _BECAUSE
        case Escalate():
            return "POST", f"{path}/escalation", _BECAUSE
        case Reply(team=team):
            return "POST", f"{path}/escalation-answer", {"team": team} | _BECAUSE
        case ReopenAll(item=item):
            return "POST", f"{path}/reopening", {"items": [item]} | _BECAUSE
        case Abandon():
            return "POST", f"{path}/abandonment", _BECAUSE
        case Billing():
            return "POST", f"{path}/billing-reassignment", _BECAUSE


def callers(api: Api) -> dict[str, dict[str, str]]:
    """The Authorization headers of all who ask."""
    lifetime = timedelta(days=3_650)
    headers = {}
    for name, (scopes, teams) in CALLERS.items():
        (team,) = teams or {"*"}
        allowed = frozenset({Scope.READ, *map(Scope, scopes)})
        issued = api.keys.issue(name, allowed, lifetime, team=None if team == "*" else Team(team))
        headers[name] = {"Authorization": f"Bearer {issued.key}"}
    return headers
