"""Apply a policy: decide anew every account that stands under an older revision, once, however often it is stopped."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from service.domain.decision import Kind, RecordedDecision
from service.domain.errors import (
    DomainError,
    HandoffUnderWayError,
    RevisionNotInForceError,
    UnknownAccountError,
    UnknownPolicyError,
)
from service.domain.facts import Facts
from service.domain.policies import Policies
from service.domain.policy import Policy, of_accounts
from service.store.applications import (
    Anew,
    Application,
    ApplicationStatus,
    Applied,
    Older,
    accounts_to_decide,
    is_full,
)
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recording import Asked, Classify, LetStand, Standing, Submission, allow_refusal
from service.usecases.classify import classification

if TYPE_CHECKING:  # what handles columns is loaded for many accounts alone
    from service.usecases.apply_together import Block, Together

SOURCE = "application"
_AT_ONCE = 200
"""Accounts that one commit decides one by one at most: what others send waits for as long as that takes."""


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
    """Decide the accounts anew, slice by slice, each slice durable before it is noted; gives how that ended.

    Many are decided together, but for those of which the record knows more than facts.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way; running it again completes it.
    """
    progress, asked = application.progress, Asked(application.requested_by, SOURCE, application.request_id)
    one_by_one = _OneByOne(database, application, asked, today)
    first = await asyncio.to_thread(accounts_to_decide, database.engine, application, progress.after)
    together = None if application.dry_run or not is_full(first) else await _together(database, application, asked)
    pieces = _pieces(database, application, first, together)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            accounts, block = piece
            newest = (await asyncio.to_thread(current_policies, database.engine)).newest(application.policy_id)
            if newest is not None and newest.version != application.policy_version:
                return ApplicationStatus.STOPPED
            made: dict[str, Anew | DomainError | None] = {}
            if together is not None and block is not None:
                made |= await together.record(block)
            made |= await one_by_one.record([account_id for account_id in accounts if account_id not in made])
            progress = progress.followed_by((account_id, made[account_id]) for account_id in accounts)
            await asyncio.to_thread(note, progress)
    finally:
        if together is not None:
            await together.close()
    return ApplicationStatus.DONE


def _slices(database: Database, application: Application, first: Sequence[Older]) -> Iterator[Sequence[Older]]:
    """All accounts to decide, of which the first are known."""
    found = first
    while found:
        yield found
        found = accounts_to_decide(database.engine, application, found[-1].account_id)


def _pieces(
    database: Database, application: Application, first: Sequence[Older], together: "Together | None"
) -> Iterator[tuple[list[str], "Block | None"]]:
    """The accounts of each slice, with what is decided of those that are decided together."""
    slices = _slices(database, application, first)
    if together is None:
        yield from (([each.account_id for each in accounts], None) for accounts in slices)
    else:
        yield from (([each.account_id for each in block.accounts], block) for block in together.blocks(slices))


async def _together(database: Database, application: Application, asked: Asked) -> "Together | None":
    """What decides many accounts together; None where each is decided for a day of its own revision."""
    policy = (await asyncio.to_thread(current_policies, database.engine)).on(application.effective_on)
    if (policy.id, policy.version) != (application.policy_id, application.policy_version):
        return None
    from service.usecases.apply_together import Together  # noqa: PLC0415 - what handles columns takes long to load

    writers = database.copies()
    return Together(application, policy, asked, writers) if writers else None


@dataclass(frozen=True, slots=True)
class _OneByOne:
    """Decides accounts anew as anything else is that is recorded: on what stands, under their locks."""

    database: Database
    application: Application
    asked: Asked
    today: Callable[[], date]

    async def record(self, account_ids: Sequence[str]) -> dict[str, Anew | DomainError | None]:
        """What was made of each; None: it stands under the revision already."""
        found: dict[str, Anew | DomainError | None] = {}
        for first in range(0, len(account_ids), _AT_ONCE):
            some = account_ids[first : first + _AT_ONCE]
            submissions = [_decide_anew(account_id, self.application, self.asked, self.today()) for account_id in some]
            made = await self.database.recorder.record([allow_refusal(each) for each in submissions])
            found |= {account_id: self._made(each) for account_id, each in zip(some, made, strict=True)}
        return found

    def _made(self, each: RecordedDecision | DomainError) -> Anew | DomainError | None:
        if isinstance(each, DomainError):
            return each
        is_ours = _is_of(self.application, each)
        return Anew(each.team_before, each.decision.team, each.unchanged) if is_ours else None


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
