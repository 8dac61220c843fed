"""Draft a policy revision: the newest one with some parameters changed, for a period, with the reason."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from service.domain.drafts import NothingChangesError, PolicyDraft, check_period
from service.domain.errors import UnknownPolicyError
from service.domain.parameters import changed
from service.domain.policies import Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed: ``changes`` are ``ParameterChanges`` of the newest revision of a policy."""

    policy_id: str
    changes: BaseModel
    effective_from: date
    effective_until: date | None
    reason: str
    proposed_by: str


def drafted(proposal: Proposal, policies: Policies, draft_id: UUID, at: datetime) -> PolicyDraft:
    """The draft of a proposal.

    Raises:
        UnknownPolicyError: there is no policy of that name.
        NothingChangesError: nothing would change.
        UnusablePeriodError: no revision can hold for that period.
    """
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
