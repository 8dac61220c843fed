"""A conduct matter of an AE as it is answered, to managers and auditors alone (MOVE-4, ROUTE-5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.conduct import MatterKind, RecordedMatter, flag_of
from service.domain.policies import Policies
from service.entrypoints.views.explanations import CitationBody, render_citation
from service.usecases.conduct_matters import CountedMatter


class RecordedMatterBody(TypedDict):
    """A conduct matter of an AE."""

    id: Annotated[UUID, Field(description="The matter's identifier.")]
    kind: Annotated[MatterKind, Field(description="What the AE did.")]
    rule: Annotated[str, Field(description="The rule that was passed over.")]
    account_executive: Annotated[str, Field(description="The AE.")]
    account_id: Annotated[str, Field(description="The account that it is about.")]
    decision_id: Annotated[UUID, Field(description="The decision that the account stood on.")]
    reason: Annotated[str | None, Field(description="What happened.")]
    occurred_on: Annotated[date, Field(description="The day on which it happened.")]
    fiscal_year: Annotated[int, Field(description="The fiscal year that it counts in, by the year in which that ends.")]
    reported_by: Annotated[str, Field(description="Who reported it: the name of the API key.")]
    recorded_at: Annotated[datetime, Field(description="When it was recorded.")]


class FlagBody(TypedDict):
    """What a deduplication comes to at once, and an AE's ignored moves of one year together (ROUTE-5, MOVE-4)."""

    rule: Annotated[str, Field(description="The rule that says so.")]
    text: Annotated[str, Field(description="What it comes to, in a sentence.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]


class MatterBody(RecordedMatterBody):
    """A conduct matter, with whether its AE is flagged for the fiscal year."""

    ignored_moves_in_fiscal_year: Annotated[
        int, Field(description="How often the AE ignored a move in that year, whatever they are called.")
    ]
    flagged: Annotated[bool, Field(description="That was too often, or it is a deduplication.")]
    flag: Annotated[FlagBody, Field(description="What it comes to.")]


class MatterPage(TypedDict):
    """A page of conduct matters, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[MatterBody], Field(description="The matters.")]


def render_matter(recorded: RecordedMatter) -> RecordedMatterBody:
    """The matter itself."""
    matter = recorded.matter
    return {
        "id": recorded.id,
        "kind": matter.kind,
        "rule": matter.rule,
        "account_executive": matter.account_executive,
        "account_id": recorded.account_id,
        "decision_id": recorded.decision_id,
        "reason": matter.reason,
        "occurred_on": matter.occurred_on,
        "fiscal_year": matter.fiscal_year,
        "reported_by": recorded.actor,
        "recorded_at": recorded.recorded_at,
    }


def render_flagged_matter(found: CountedMatter, policies: Policies) -> MatterBody:
    """The matter, with what it comes to: a deduplication at once, ignored moves once they are too many."""
    recorded, times = found.recorded, found.ignored_moves
    flag = flag_of(recorded.matter, times, policies.on(recorded.matter.occurred_on))
    return {
        **render_matter(recorded),
        "ignored_moves_in_fiscal_year": times,
        "flagged": flag.flagged,
        "flag": {"rule": flag.rule, "text": flag.text, "citation": render_citation(flag.citation)},
    }
