"""A comparison of two policies as every entry point answers it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Status
from service.domain.lab.compare import Comparison, Region
from service.domain.lab.compare_words import bounds_words, comparison_words, region_words
from service.domain.lab.verdicts import Verdict
from service.domain.policy import AnyPolicy
from service.domain.terms import Segment, Team
from service.entrypoints.views.decisions import FactsBody, PolicyReference, render_facts, render_reference
from service.entrypoints.views.policies import BeforeAndAfter, render_changes


class VerdictBody(TypedDict):
    """What comes of facts; all null where no rule covers them."""

    segment: Annotated[Segment | None, Field(description="The segment.")]
    team: Annotated[Team | None, Field(description="The owning team; null until a review is resolved.")]
    status: Annotated[Status | None, Field(description="How firm it is.")]
    rule: Annotated[str | None, Field(description="The rule that decides.")]


class DifferenceBody(TypedDict):
    """What one policy says and what the other, of a witness: facts that the two decide so."""

    before: Annotated[VerdictBody, Field(description="What the one says.")]
    after: Annotated[VerdictBody, Field(description="What the other says.")]
    witness: Annotated[FactsBody, Field(description="Facts that the two decide so.")]


class RegionBody(TypedDict):
    """A part of the space of facts where everything is decided differently."""

    bounds: Annotated[str, Field(description="The facts and the values that make it up, as a formula.")]
    words: Annotated[str, Field(description="The same, and what changes there, in a sentence.")]
    differences: Annotated[Sequence[DifferenceBody], Field(description="Every way in which the two differ there.")]


class ComparisonBody(TypedDict):
    """Where two policies differ, found without any data."""

    before: Annotated[PolicyReference, Field(description="The revision compared with.")]
    after: Annotated[PolicyReference, Field(description="The other revision.")]
    parameters: Annotated[Mapping[str, BeforeAndAfter], Field(description="The parameters that differ, by name.")]
    reassigned: Annotated[Sequence[RegionBody], Field(description="Another team or segment.")]
    regions: Annotated[Sequence[RegionBody], Field(description="Another team, segment, status or rule.")]
    words: Annotated[Sequence[str], Field(description="All of it in sentences.")]


def render_comparison(found: Comparison, before: AnyPolicy, after: AnyPolicy) -> ComparisonBody:
    """Where two policies differ, each region with its witnesses."""
    return {
        "before": render_reference(before),
        "after": render_reference(after),
        "parameters": render_changes(before.parameters, after.parameters),
        "reassigned": [_render_region(region) for region in found.reassigned],
        "regions": [_render_region(region) for region in found.regions],
        "words": comparison_words(found, every=True),
    }


def _render_region(region: Region) -> RegionBody:
    return {
        "bounds": bounds_words(region.bounds),
        "words": region_words(region),
        "differences": [
            {
                "before": render_verdict(difference.before),
                "after": render_verdict(difference.after),
                "witness": render_facts(difference.witness),
            }
            for difference in region.differences
        ],
    }


def render_verdict(verdict: Verdict) -> VerdictBody:
    """What comes of facts."""
    return {"segment": verdict.segment, "team": verdict.team, "status": verdict.status, "rule": verdict.rule}
