"""Apply a policy: decide anew every account that stands under an older revision, once, however often it is stopped."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from service.domain.decision import Kind, RecordedDecision
from service.domain.errors import (
    HandoffUnderWayError,
    RevisionNotInForceError,
    UnknownAccountError,
    UnknownPolicyError,
)
from service.domain.facts import Facts
from service.domain.policies import Policies
from service.domain.policy import Policy, of_accounts
from service.store.applications import Application, ApplicationStatus, Applied, accounts_to_decide
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recording import Asked, Classify, LetStand, Standing, Submission, allow_refusal
from service.usecases.classify import classification

SOURCE = "application"


def revision_to_apply(policies: Policies, policy_id: str, today: date) -> Policy:
    """The newest revision of a policy.

    Raises:
        UnknownPolicyError: there is no policy of that name.
        NothingToApplyError: no account stands under it.
        RevisionNotInForceError: the revision is not in force today.
    """
    newest = policies.newest(policy_id)
    if newest is None:
        raise UnknownPolicyError(policy_id)
    applied = of_accounts(newest)
    if not applied.is_in_force(today):
        raise RevisionNotInForceError(policy_id, newest.version, newest.effective_from, today)
    return applied


async def apply_policy(
    database: Database, application: Application, today: Callable[[], date], note: Callable[[Applied], None]
) -> ApplicationStatus:
    """Decide the accounts anew, chunk by chunk, each chunk durable before it is noted; gives how that ended.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way; running it again completes it.
    """
    progress, asked = application.progress, Asked(application.requested_by, SOURCE, application.request_id)
    while chunk := await asyncio.to_thread(accounts_to_decide, database.engine, application, progress.after):
        policies = await asyncio.to_thread(current_policies, database.engine)
        newest = policies.newest(application.policy_id)
        if newest is not None and newest.version != application.policy_version:
            return ApplicationStatus.STOPPED
        submissions = [_decide_anew(account_id, application, asked, today()) for account_id in chunk]
        made = await database.recorder.record([allow_refusal(each) for each in submissions])
        ours = (None if isinstance(each, RecordedDecision) and not _is_of(application, each) else each for each in made)
        progress = progress.followed_by(zip(chunk, ours, strict=True))
        await asyncio.to_thread(note, progress)
    return ApplicationStatus.DONE


def _is_of(application: Application, recorded: RecordedDecision) -> bool:
    """Whether an application led to a decision. In a dry run, that it would."""
    return recorded.kind is Kind.APPLICATION and recorded.request_id == application.request_id


def _decide_anew(account_id: str, of: Application, asked: Asked, today: date) -> Submission[RecordedDecision]:
    """The account's decision anew, on the facts that it stands on; whatever stands, where that is not older any more.

    In a dry run it is decided as it would be, and nothing is recorded.
    """
    revision = (of.policy_id, of.policy_version)

    def decide_on(standing: Standing) -> Classify | LetStand[RecordedDecision]:
        stood = standing.previous
        if stood is None:
            raise UnknownAccountError(account_id)
        on = standing.effective_day(of.effective_on, today)
        leads = standing.policies.on(on)
        is_older = stood.decision.policy_id == of.policy_id and stood.decision.policy_version < of.policy_version
        if not is_older or (leads.id, leads.version) != revision:
            return LetStand(stood)
        if any(not each.handoff.is_closed for each in standing.handoffs):
            raise HandoffUnderWayError(account_id)
        stated = stood.decision.facts
        facts = Facts(account=stated.account, employee_counts=stated.employee_counts, motion=stated.motion)
        made = replace(classification(facts, on, standing, today), kind=Kind.APPLICATION)
        if not of.dry_run:
            return made
        tried = submission.recorded(made.decision, made.kind, stood.id, standing.at, standing.account)
        return LetStand(tried.after(stood))

    submission = Submission(account_id=account_id, asked=asked, decide=decide_on, whole=True)
    return submission
