"""The shapes of answers about policies, their drafts and the lab, as published in ``openapi.yaml``."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.domain.decision import Status
from service.domain.lab.lint import LintCode
from service.domain.terms import Segment, Team
from service.entrypoints.api.schemas import CitationBody, FactsBody, PolicyReference, Shape


class ParametersBody(BaseModel):
    """The thresholds and dates of a policy revision, by name."""

    model_config = ConfigDict(extra="allow")


class RuleBody(Shape):
    """One question that the policy asks, in words."""

    rule: str
    clause: str
    title: str
    text: str
    citation: CitationBody
    clauses: list["RuleBody"]


class PolicySummary(Shape):
    """A policy revision, in short. What it begins with has no draft, nor anybody who published it."""

    id: str
    version: int
    title: str
    effective_from: date
    effective_until: date | None
    draft_id: UUID | None
    reason: str | None
    drafted_by: str | None
    published_by: str | None
    published_at: datetime | None


class PolicyPage(Shape):
    """The published revisions, in the order of publication."""

    items: list[PolicySummary]


class PolicyBody(PolicySummary):
    """A policy revision with its parameters and rules, in the order in which they are asked."""

    parameters: ParametersBody
    rules: list[RuleBody]


class BeforeAndAfter(Shape):
    """A parameter with its two values."""

    before: int | date | list[str]
    after: int | date | list[str]


class DraftBody(Shape):
    """A drafted policy revision. `published_as` is null until it is published."""

    id: UUID
    policy_id: str
    based_on: int = Field(description="The revision that it changes.")
    changes: dict[str, BeforeAndAfter]
    parameters: ParametersBody
    effective_from: date
    effective_until: date | None
    reason: str
    drafted_by: str
    drafted_at: datetime
    published_as: int | None
    published_by: str | None
    published_at: datetime | None


class DraftPage(Shape):
    """A page of drafts, newest first; the `Link` header leads to the next."""

    items: list[DraftBody]


class FindingBody(Shape):
    """Something odd about a policy. A fault keeps a draft from being published; a note is to be looked at."""

    code: LintCode
    severity: Literal["fault", "note"]
    where: list[str] = Field(description="The steps, facts or parameters concerned.")
    sentence: str


class LintBody(Shape):
    """What is odd about a policy, faults first."""

    policy: PolicyReference
    findings: list[FindingBody]


class VerdictBody(Shape):
    """What comes of facts; all null where no rule covers them."""

    segment: Segment | None
    team: Team | None
    status: Status | None
    rule: str | None


class DifferenceBody(Shape):
    """What one policy says and what the other, of a witness: facts that the two decide so."""

    before: VerdictBody
    after: VerdictBody
    witness: FactsBody


class RegionBody(Shape):
    """A part of the space of facts where everything is decided differently."""

    bounds: str
    words: str
    differences: list[DifferenceBody]


class ComparisonBody(Shape):
    """Where two policies differ, found without any data."""

    before: PolicyReference
    after: PolicyReference
    parameters: dict[str, BeforeAndAfter]
    reassigned: list[RegionBody] = Field(description="Another team or segment.")
    regions: list[RegionBody] = Field(description="Another team, segment, status or rule.")
    words: list[str]
