"""The endpoints that ours is measured against, each beside ours in the same application: same auth, same middleware.

``python -m bench.variants PORT`` serves them over the database that the settings name.

The service's request models are strict, which suits JSON bytes. FastAPI hands a body parameter to Pydantic as Python
values, where strict models refuse an ISO date or an enum's text; so the idiomatic endpoints take the same models with
``strict=False``.
"""

import sys
from datetime import date, datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import FastAPI, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service import server, wiring
from service.domain.decide import decide
from service.domain.decision import Decision, DoubleCheck, Kind, RecordedDecision, Status
from service.domain.explain import ExplainedClause, explain
from service.domain.facts import Account, EmployeeCount, EmployeeCounts, Facts, SizeCleanup
from service.domain.policies import BUILT_IN
from service.domain.sentences import Notice, notices, summary
from service.domain.terms import Basis, Motion, Segment, Team
from service.entrypoints.api.auth import Classifier
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.recording import IdempotencyHeader
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.views.decisions import PolicyReference, render_reference, render_unrecorded
from service.logs import configure_logs
from service.settings import Settings
from service.store.engine import open_session
from service.store.rows.decisions import DECISION_COLUMNS, decision_values
from service.store.tables.decisions import AccountRow, DecisionRow

STORELESS = "/bench/storeless"
RAW = "/bench/raw"
ONE_SESSION = "/bench/one-session"
_LAX = ConfigDict(strict=False)
_ONE_FOR_EACH = next(item for item in get_args(EmployeeCounts) if isinstance(item, AfterValidator))


class LaxSizeCleanup(SizeCleanup):
    """As the service's, from Python values."""

    model_config = _LAX


class LaxAccount(Account):
    """As the service's, from Python values."""

    model_config = _LAX
    size_cleanup: LaxSizeCleanup | None = None


class LaxEmployeeCount(EmployeeCount):
    """As the service's, from Python values."""

    model_config = _LAX


class LaxRequest(ClassificationRequest):
    """As the service's, from Python values."""

    model_config = _LAX
    account: LaxAccount
    employee_counts: Annotated[tuple[LaxEmployeeCount, ...], Field(max_length=50), _ONE_FOR_EACH] = ()
    motion: Motion = Motion.EXISTING


class IdiomaticAnswer(BaseModel):
    """What is answered, as a response model over the values of the domain: the framework checks and writes it."""

    id: UUID | None
    sequence: int | None
    kind: Kind
    account_id: str
    status: Status
    segment: Segment | None
    team: Team | None
    rule: str
    summary: str
    leading_source: Basis | None
    leading_employees: int | None
    smb_double_check: DoubleCheck | None
    explanation: list[ExplainedClause]
    missing_facts: tuple[str, ...]
    advice: list[Notice]
    actions: list[Notice]
    policy: PolicyReference
    effective_on: date
    facts: Facts
    actor: str
    source: str
    request_id: str
    previous_decision_id: UUID | None
    review_id: UUID | None
    handoff_id: UUID | None
    recorded_at: datetime | None


def add_variants(app: FastAPI) -> None:
    """Add the endpoints to compare with."""

    @app.post(STORELESS, status_code=201, response_model=IdiomaticAnswer, include_in_schema=False)
    async def storeless(
        asked: LaxRequest, caller: Classifier, idempotency_key: IdempotencyHeader = None, *, dry_run: bool = False
    ) -> dict[str, Any]:
        """The idiomatic way, with the same parameters, storing nothing."""
        del idempotency_key, dry_run
        decision = _decide(asked.facts(), asked.effective_on or wiring.now().date())
        return _answer(decision) | {"actor": caller.name, "source": "api", "request_id": caller.request_id}

    @app.post(RAW, include_in_schema=False)
    async def raw(request: Request, caller: Classifier) -> Response:
        """Our own way, bytes to bytes, storing nothing and reading no database."""
        asked = parsed(ClassificationRequest, await body_of(request), 0)
        decision = _decide(asked.facts(), asked.effective_on or wiring.now().date())
        return Response(to_json(render_unrecorded(decision, caller.asked)), 201, media_type="application/json")

    @app.post(ONE_SESSION, status_code=201, response_model=IdiomaticAnswer, include_in_schema=False)
    def one_session(
        request: Request,
        asked: LaxRequest,
        caller: Classifier,
        idempotency_key: IdempotencyHeader = None,
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """The idiomatic way, with the same parameters, and a session and a commit of its own for every request."""
        del idempotency_key, dry_run
        decision = _decide(asked.facts(), asked.effective_on or wiring.now().date())
        with open_session(context_of(request).database.engine) as session:
            standing = session.get(AccountRow, asked.account.id)
            recorded = RecordedDecision(
                id=wiring.new_id(),
                kind=Kind.CLASSIFICATION,
                account_id=asked.account.id,
                decision=decision,
                actor=caller.name,
                source="api",
                request_id=caller.request_id,
                previous_decision_id=None if standing is None else standing.decision_id,
                review_id=None,
                recorded_at=wiring.now(),
            )
            values = dict(zip(DECISION_COLUMNS, decision_values(recorded), strict=True))
            session.add(DecisionRow(**values))
            standing = standing or AccountRow(
                account_id=recorded.account_id, decision_id=recorded.id, recorded_at=recorded.recorded_at, move=None
            )
            standing.decision_id, standing.recorded_at = recorded.id, recorded.recorded_at
            session.add(standing)
            session.commit()
        of_record = ("id", "actor", "source", "request_id", "previous_decision_id", "review_id", "recorded_at")
        return _answer(decision) | {name: getattr(recorded, name) for name in of_record}


def _decide(facts: Facts, on: date) -> Decision:
    return decide(facts, BUILT_IN.on(on), on)


def _answer(decision: Decision) -> dict[str, Any]:
    """What the response model is filled from."""
    policy = BUILT_IN.on(decision.effective_on)
    advice, actions = notices(decision, policy)
    return {
        "id": None,
        "sequence": None,
        "kind": Kind.CLASSIFICATION,
        "account_id": decision.facts.account.id,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "rule": decision.rule,
        "summary": summary(decision, policy),
        "leading_source": decision.basis,
        "leading_employees": decision.leading_employees,
        "smb_double_check": decision.double_check,
        "explanation": explain(decision, policy),
        "missing_facts": decision.missing_facts,
        "advice": advice,
        "actions": actions,
        "policy": render_reference(policy),
        "effective_on": decision.effective_on,
        "facts": decision.facts,
        "previous_decision_id": None,
        "review_id": None,
        "handoff_id": None,
        "recorded_at": None,
    }


def main() -> None:
    settings = Settings()
    configure_logs(settings.log_level)
    app = server.application(settings)
    add_variants(app)
    server.listen(app, wiring.bind(settings.host, int(sys.argv[1])))


if __name__ == "__main__":
    main()
