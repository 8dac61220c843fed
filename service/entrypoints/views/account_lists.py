"""Where accounts stand, a line each, as lists of them answer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Status
from service.domain.terms import Basis, Segment, Team
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.people import Owner, render_owner
from service.store.accounts import StandingAccount
from service.store.people import RecordedPeriod


class AccountItem(TypedDict):
    """Where an account stands: the team that owns it, and the decision that says so."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    name: Annotated[str | None, Field(description="The account's name, where known.")]
    region: Annotated[str | None, Field(description="The account's region, where known.")]
    owner: Annotated[Owner | None, Field(description="The CRM user who owns it; null is not known.")]
    team: Annotated[Team | None, Field(description="The team that owns it; null until a review is resolved.")]
    segment: Annotated[Segment | None, Field(description="Its segment; null is not known.")]
    status: Annotated[Status, Field(description="How firm the decision is.")]
    rule: Annotated[str, Field(description="The rule that decided.")]
    leading_source: Annotated[Basis | None, Field(description="What the segment rests on; null: nothing leads.")]
    leading_employees: Annotated[int | None, Field(description="The number of employees that leads, where one does.")]
    missing_facts: Annotated[Sequence[str], Field(description="The facts for want of which it is provisional.")]
    policy: Annotated[PolicyReference, Field(description="The policy revision that it stands under.")]
    effective_on: Annotated[date, Field(description="The day on which the decision takes effect.")]
    since: Annotated[datetime, Field(description="When the decision was recorded.")]
    standing_move: Annotated[bool, Field(description="Whether a move stands on the account now.")]
    decision_id: Annotated[UUID, Field(description="The decision that it stands on.")]


class AccountPage(TypedDict):
    """A page of accounts, the last decided first; the `Link` header leads to the next."""

    items: Annotated[Sequence[AccountItem], Field(description="The accounts.")]


def render_account(found: StandingAccount, people: Mapping[str, RecordedPeriod]) -> AccountItem:
    """Where an account stands, and who of the people, by their users of the CRM, owns it."""
    recorded, decision = found.recorded, found.recorded.decision
    owner_id = decision.facts.account.owner_id
    return {
        "account_id": recorded.account_id,
        "name": decision.facts.account.name,
        "region": decision.facts.account.region,
        "owner": render_owner(owner_id, people.get(owner_id or "")),
        "team": decision.team,
        "segment": decision.segment,
        "status": decision.status,
        "rule": decision.rule,
        "leading_source": decision.basis,
        "leading_employees": decision.leading_employees,
        "missing_facts": decision.missing_facts,
        "policy": render_reference(decision.policy),
        "effective_on": decision.effective_on,
        "since": recorded.recorded_at,
        "standing_move": found.standing_move,
        "decision_id": recorded.id,
    }
