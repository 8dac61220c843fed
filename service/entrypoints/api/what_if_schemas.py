"""The shapes of answers about what would alter a decision, as published in ``openapi.yaml``."""

from datetime import date
from uuid import UUID

from pydantic import Field

from service.domain.decision import Status
from service.domain.terms import Segment, Team
from service.entrypoints.api.schemas import Shape


class ChangeBody(Shape):
    """A fact that is other than stated; `distance` is by how many people or days."""

    fact: str
    before: str | int | bool | date | None
    after: str | int | bool | date | None
    distance: int


class CounterfactualBody(Shape):
    """Changes that alter the outcome together, and none of them without the others; and what they lead to."""

    changes: list[ChangeBody]
    team: Team | None
    segment: Segment | None
    status: Status | None
    rule: str | None
    text: str


class BoundaryBody(Shape):
    """A comparison that the decision asked, and by how much it holds or fails."""

    step: str
    clause: str
    fact: str
    value: int | date | str | None
    outcome: bool | None
    by: int | None = Field(description="People or days; null where the fact is not known.")
    text: str


class WhatIfBody(Shape):
    """What would alter a decision, what would settle it, and how near its clauses are to their boundaries."""

    decision_id: UUID
    found_out: list[CounterfactualBody] = Field(description="By facts that work can bring to light, nearest first.")
    given: list[CounterfactualBody] = Field(description="By facts that are given, nearest first.")
    settled_by: list[list[str]] = Field(description="The smallest sets of facts that would make it final.")
    settling: list[str]
    boundaries: list[BoundaryBody]
