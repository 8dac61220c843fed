"""A program of duties: when each applies and when it is met, as data, with the words and places in the handbook."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Annotated

from pydantic import Field

from service.domain.clauses import Citation
from service.domain.duties.terms import DutyCode
from service.domain.fields import Count
from service.domain.parts import Given, Step
from service.domain.sales_bounds import SalesBounds

PROCEDURE = "duties 1"
"""The version of what is code and not data: what is read off an opportunity, and what is asked before a duty.

It is text, and so is taken for no procedure of accounts by whatever reads programs."""


@dataclass(frozen=True, kw_only=True)
class DutyBounds:
    """The bounds of duties, in USD where nothing else is said; each has the handbook's value."""

    smb_deck_above: Annotated[Count, Field(description="Above which Amount SMB wants a custom deck.")] = 5_000
    mm_deck_above: Annotated[Count, Field(description="Above which Amount Mid-Market wants a custom deck.")] = 10_000
    smb_overview_above: Annotated[Count, Field(description="Above which Amount SMB wants an overview.")] = 5_000
    mm_overview_above: Annotated[Count, Field(description="Above which Amount Mid-Market wants one.")] = 10_000
    smb_plan_above: Annotated[Count, Field(description="Above which Net ARR SMB wants the full command plan.")] = 10_000
    mm_plan_above: Annotated[Count, Field(description="Above which Net ARR Mid-Market wants it.")] = 20_000
    smb_consult_from: Annotated[Count, Field(description="From which Net ARR SMB has an opportunity consult.")] = 10_000
    mm_consult_from: Annotated[Count, Field(description="From which Net ARR Mid-Market has one.")] = 20_000
    smb_deal_review_from: Annotated[Count, Field(description="From which Net ARR SMB has a deal review.")] = 5_000
    mm_deal_review_from: Annotated[Count, Field(description="From which Net ARR Mid-Market has one.")] = 10_000
    deal_review_months_ahead: Annotated[
        int, Field(ge=0, le=12, description="How many months ahead a deal review looks, beside this one.")
    ] = 1
    smb_red_green_from: Annotated[Count, Field(description="From which Net ARR SMB is reviewed red or green.")] = 2_000
    mm_red_green_from: Annotated[Count, Field(description="From which Net ARR Mid-Market is.")] = 7_000
    next_step_days: Annotated[
        int, Field(ge=0, le=366, description="Beyond how many days a next step is spelled out.")
    ] = 30


@dataclass(frozen=True, kw_only=True)
class DutyParameters(SalesBounds, DutyBounds):
    """Everything that a revision may change: the bounds of duties, and then those of sales work beside them."""

    def as_dict(self) -> dict[str, object]:
        """The parameters by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def as_stated(self) -> dict[str, object]:
        """The parameters as a program states them: those of sales work where they are not the handbook's.

        So a program from before there were any is the same program still.
        """
        always = {item.name for item in fields(DutyBounds)}
        handbook = DutyParameters().as_dict()
        return {name: value for name, value in self.as_dict().items() if name in always or value != handbook[name]}


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """What is said beside a duty where ``given`` holds: an action that is ``required``, else advice."""

    code: str
    text: str
    given: Given
    citation: Citation
    required: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty: the question whether it applies, and whether it is met, whose numbered clauses are its items."""

    code: DutyCode
    applies: Step
    met: Step
    reminders: tuple[ReminderRule, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DutyProgram:
    """How the duties of an opportunity are read: ``open`` and ``commercial`` are asked before any of them."""

    parameters: DutyParameters
    open: Step
    commercial: Step
    duties: tuple[Duty, ...]
    procedure: str = PROCEDURE

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step by its key, in the order in which they may be asked."""
        asked = (self.open, self.commercial, *(step for duty in self.duties for step in (duty.applies, duty.met)))
        return {step.key: step for step in asked}
