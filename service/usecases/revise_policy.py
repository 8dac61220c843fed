"""Draft a policy revision: the newest one with some parameters changed, for a period, with the reason. Publish it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.metadata import version
from typing import TypeAlias
from uuid import UUID

from pydantic import BaseModel

from service.domain.drafts import (
    NothingChangesError,
    NothingToRollBackError,
    PolicyDraft,
    RecordedDraft,
    Withdrawal,
    check_faultless,
    check_period,
)
from service.domain.errors import UnknownPolicyError
from service.domain.lab.lint import Finding
from service.domain.parameters import ParameterChanges, changed
from service.domain.policies import Policies
from service.domain.policy import AnyPolicy
from service.store.database import Database
from service.store.errors import NotFoundError, StoreUnavailableError
from service.store.idempotency import do_once
from service.store.once import Answer, Done, IdempotencyKey
from service.store.policies import find_draft, find_findings, keep_draft, keep_findings, publish_draft, withdraw_draft
from service.store.recording import Asked, Clock

Lint: TypeAlias = Callable[[AnyPolicy], tuple[Finding, ...]]
"""Finds everything that is odd in a policy: ``linted``, or what has a process of its own do so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRevision:
    """What is proposed: ``changes`` are ``ParameterChanges`` of the newest revision of a policy."""

    policy_id: str
    changes: BaseModel
    effective_from: date
    effective_until: date | None
    reason: str
    proposed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """That an earlier revision is to hold again: that of a number, or else the one before the newest.

    It holds from a day, or else from ``today``, or from the day on which the newest starts where that is later; and
    for as long as that does.
    """

    policy_id: str
    to: int | None
    effective_from: date | None
    reason: str
    proposed_by: str
    today: date

    def proposed(self, policies: Policies) -> ProposedRevision:
        """The earlier revision's parameters, as changes of the newest.

        Raises:
            UnknownPolicyError: there is no policy of that name.
            NothingToRollBackError: there is no such revision before the newest.
        """
        newest = policies.newest(self.policy_id)
        if newest is None:
            raise UnknownPolicyError(self.policy_id)
        to = newest.version - 1 if self.to is None else self.to
        earlier = policies.revision(self.policy_id, to) if to < newest.version else None
        if earlier is None:
            raise NothingToRollBackError(f"{self.policy_id} has no revision {to} before the newest, {newest.version}")
        return ProposedRevision(
            policy_id=self.policy_id,
            changes=ParameterChanges.model_validate(earlier.parameters.as_dict()),
            effective_from=self.effective_from or max(self.today, newest.effective_from),
            effective_until=newest.effective_until,
            reason=self.reason,
            proposed_by=self.proposed_by,
        )


def make_draft(  # noqa: PLR0913 - with who finds what is odd
    database: Database,
    proposal: ProposedRevision | RollBack,
    draft_id: UUID,
    at: datetime,
    request_id: str,
    key: IdempotencyKey | None,
    told: Callable[[RecordedDraft], Answer],
    *,
    lint: Lint,
) -> Done[RecordedDraft]:
    """Keep the draft of a proposal, and what is odd about it, so that whoever publishes it need not wait for that.

    Raises:
        DomainError: it cannot be drafted; see ``drafted``.
        StoreError: see ``do_once``.
    """
    make = partial(drafted, proposal, draft_id=draft_id, at=at)
    acted = do_once(database.engine, key, at, partial(keep_draft, make=make, request_id=request_id), told)
    if acted.made is not None:
        with suppress(StoreUnavailableError):  # the draft is made; what is odd about it is found when it is asked for
            findings_on(database, acted.made.draft.policy, lint)
    return acted


def publish_policy(  # noqa: PLR0913 - as above
    database: Database,
    draft_id: UUID,
    asked: Asked,
    clock: Clock,
    key: IdempotencyKey | None,
    told: Callable[[RecordedDraft], Answer],
    *,
    lint: Lint,
    second_person: bool,
) -> Done[RecordedDraft]:
    """Publish a draft; with ``second_person`` not for the one who drafted it.

    Raises:
        NotFoundError: there is no such draft.
        DomainError: it cannot be published; see ``check_faultless`` and ``check_publishable``.
        StoreError: see ``do_once``.
    """
    found = find_draft(database.engine, draft_id)
    if found is None:
        raise NotFoundError("policy draft", draft_id)
    # A draft never changes, so this need not hold up those who record, as a publication does.
    check_faultless(findings_on(database, found.draft.policy, lint))
    publish = partial(publish_draft, draft_id=draft_id, clock=clock, second_person=second_person)
    act = partial(publish, by=asked.actor, request_id=asked.request_id)
    return do_once(database.engine, key, clock(), act, told)


def withdraw_policy(  # noqa: PLR0913 - what there is to be noted of it
    database: Database,
    draft_id: UUID,
    reason: str,
    asked: Asked,
    at: datetime,
    *,
    statement_id: UUID,
    key: IdempotencyKey | None,
    told: Callable[[RecordedDraft], Answer],
) -> Done[RecordedDraft]:
    """Withdraw a draft, which is not published any more.

    Raises:
        NotFoundError: there is no such draft.
        DomainError: it was published or withdrawn already.
        StoreError: see ``do_once``.
    """
    withdrawal = Withdrawal(withdrawn_by=asked.actor, withdrawn_at=at, reason=reason)
    withdraw = partial(withdraw_draft, draft_id=draft_id, withdrawal=withdrawal, statement_id=statement_id)
    return do_once(database.engine, key, at, partial(withdraw, request_id=asked.request_id), told)


def findings_on(database: Database, policy: AnyPolicy, lint: Lint) -> tuple[Finding, ...]:
    """Everything that is odd in a policy: found once by each release, which takes it a second, and remembered.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    digest, release = policy.digest, version("chalkline")
    findings = find_findings(database.engine, digest, release)
    if findings is None:
        findings = lint(policy)
        keep_findings(database.engine, digest, release, findings)
    return findings


def drafted(proposal: ProposedRevision | RollBack, policies: Policies, draft_id: UUID, at: datetime) -> PolicyDraft:
    """The draft of a proposal.

    Raises:
        UnknownPolicyError: there is no policy of that name.
        NothingToRollBackError: it goes back to a revision that there is not.
        NothingChangesError: nothing would change.
        UnusablePeriodError: no revision can hold for that period.
    """
    proposal = proposal.proposed(policies) if isinstance(proposal, RollBack) else proposal
    newest = policies.newest(proposal.policy_id)
    if newest is None:
        raise UnknownPolicyError(proposal.policy_id)
    parameters = changed(newest.parameters, proposal.changes)
    if parameters == newest.parameters:
        raise NothingChangesError(newest)
    check_period(newest.id, policies, proposal.effective_from, proposal.effective_until)
    return PolicyDraft(
        id=draft_id,
        based_on=newest,
        parameters=parameters,
        effective_from=proposal.effective_from,
        effective_until=proposal.effective_until,
        reason=proposal.reason,
        drafted_by=proposal.proposed_by,
        drafted_at=at,
    )
