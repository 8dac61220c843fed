"""Drafts of policy revisions as every entry point answers them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.drafts import PolicyDraft, RecordedDraft, Withdrawal, publication_words, warnings_on
from service.domain.policy import UnknownRevision
from service.entrypoints.views.policies import (
    BeforeAndAfter,
    EffectiveFrom,
    EffectiveUntil,
    ParametersByName,
    PublishedAt,
    PublishedBy,
    by_name,
    render_changes,
)


class PublishingBody(TypedDict):
    """What publishing a draft does."""

    version: Annotated[int, Field(description="The revision that it would be.")]
    text: Annotated[str, Field(description="What it does, in a sentence.")]
    warnings: Annotated[Sequence[str], Field(description="What may not be meant, such as a day in the past.")]


class WithdrawalBody(TypedDict):
    """Who withdrew a draft, when and why."""

    withdrawn_by: Annotated[str, Field(description="The key that withdrew it.")]
    withdrawn_at: Annotated[datetime, Field(description="When it was withdrawn.")]
    reason: Annotated[str, Field(description="Why.")]


class DraftBody(TypedDict):
    """A drafted policy revision. `published_as` is null until it is published."""

    id: Annotated[UUID, Field(description="The draft's identifier.")]
    policy_id: Annotated[str, Field(description="The policy's name, such as fy23.")]
    based_on: Annotated[int, Field(description="The revision that it changes.")]
    changes: Annotated[
        Mapping[str, BeforeAndAfter],
        Field(description="The parameters that it changes, by name; none where that revision is not on record here."),
    ]
    parameters: ParametersByName
    effective_from: EffectiveFrom
    effective_until: EffectiveUntil
    reason: Annotated[str, Field(description="Why it was drafted.")]
    drafted_by: Annotated[str, Field(description="The key that drafted it.")]
    drafted_at: Annotated[datetime, Field(description="When it was drafted.")]
    published_as: Annotated[int | None, Field(description="The revision that it was published as.")]
    published_by: PublishedBy
    published_at: PublishedAt
    withdrawal: Annotated[WithdrawalBody | None, Field(description="That it was withdrawn; null: it was not.")]
    publishing: Annotated[
        PublishingBody | None, Field(description="What publishing it does; null once it was published or withdrawn.")
    ]


class DraftPage(TypedDict):
    """A page of drafts, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[DraftBody], Field(description="The drafts.")]


def render_draft(recorded: RecordedDraft, today: date) -> DraftBody:
    """A draft, with what it changes of the revision that it is based on, and what publishing it today does."""
    draft, publication, withdrawal = recorded.draft, recorded.publication, recorded.withdrawal
    return {
        "id": draft.id,
        "policy_id": draft.based_on.id,
        "based_on": draft.based_on.version,
        "changes": drafted_changes(draft),
        "parameters": by_name(draft.parameters),
        "effective_from": draft.effective_from,
        "effective_until": draft.effective_until,
        "reason": draft.reason,
        "drafted_by": draft.drafted_by,
        "drafted_at": draft.drafted_at,
        "published_as": None if publication is None else publication.version,
        "published_by": None if publication is None else publication.published_by,
        "published_at": None if publication is None else publication.published_at,
        "withdrawal": None if withdrawal is None else _render_withdrawal(withdrawal),
        "publishing": None if publication or withdrawal else _render_publishing(draft, today),
    }


def _render_withdrawal(withdrawal: Withdrawal) -> WithdrawalBody:
    return {
        "withdrawn_by": withdrawal.withdrawn_by,
        "withdrawn_at": withdrawal.withdrawn_at,
        "reason": withdrawal.reason,
    }


def _render_publishing(draft: PolicyDraft, today: date) -> PublishingBody:
    return {
        "version": draft.based_on.version + 1,
        "text": publication_words(draft),
        "warnings": warnings_on(draft, today),
    }


def drafted_changes(draft: PolicyDraft) -> dict[str, BeforeAndAfter]:
    """The parameters that a draft changes, as far as what it was made from is on record here."""
    based_on = draft.based_on
    return {} if isinstance(based_on, UnknownRevision) else render_changes(based_on.parameters, draft.parameters)
