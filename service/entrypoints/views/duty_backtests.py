"""What a draft of the duties makes of recorded opportunities, as every entry point answers it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.duties.policy import DutyPolicy
from service.domain.duties.terms import DutyCode
from service.domain.lab.duty_backtest import DutyBacktest, DutyState
from service.entrypoints.views.decisions import PolicyReference, render_reference


class DutyStateBody(TypedDict):
    """Whether a duty applies, and whether it is met; null is unknown."""

    applies: Annotated[bool | None, Field(description="Whether it applies.")]
    met: Annotated[bool | None, Field(description="Whether it is met.")]


class DutyChangeBody(TypedDict):
    """Opportunities of which a duty comes out otherwise alike."""

    code: Annotated[DutyCode, Field(description="The duty.")]
    before: Annotated[DutyStateBody, Field(description="Under the revision that the draft changes.")]
    after: Annotated[DutyStateBody, Field(description="Under the draft.")]
    opportunities: Annotated[int, Field(description="How many they are.")]
    samples: Annotated[Sequence[str], Field(description="A few of their ids.")]


class DutyBacktestBody(TypedDict):
    """What a draft of the duties makes of every opportunity as it was last recorded."""

    before: Annotated[PolicyReference, Field(description="The revision that the draft changes.")]
    after: Annotated[PolicyReference, Field(description="The draft, by the number that it would have.")]
    examined: Annotated[int, Field(description="How many opportunities were examined.")]
    changed: Annotated[int, Field(description="How many of them have other duties.")]
    changes: Annotated[Sequence[DutyChangeBody], Field(description="In which ways.")]
    words: Annotated[Sequence[str], Field(description="All of it in sentences.")]


def render_duty_backtest(found: DutyBacktest, before: DutyPolicy, after: DutyPolicy) -> DutyBacktestBody:
    """What a draft of the duties makes of what is on record."""
    return {
        "before": render_reference(before),
        "after": render_reference(after),
        "examined": found.examined,
        "changed": found.changed,
        "changes": [
            {
                "code": each.code,
                "before": _render(each.before),
                "after": _render(each.after),
                "opportunities": each.opportunities,
                "samples": each.samples,
            }
            for each in found.changes
        ],
        "words": found.words,
    }


def _render(state: DutyState) -> DutyStateBody:
    return {"applies": state.applies, "met": state.met}
