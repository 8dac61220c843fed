"""What a draft makes of recorded decisions, as every entry point answers it."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Status
from service.domain.lab.backtest import Backtest, Mover, Obstacle, Some, read_flips
from service.domain.lab.backtest_words import backtest_words
from service.domain.policy import Policy
from service.domain.terms import Team
from service.domain.wording import ANSWERS
from service.entrypoints.common.lines import Lines
from service.entrypoints.views.comparisons import VerdictBody, render_verdict
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.policies import BeforeAndAfter, render_changes


class SampleBody(TypedDict):
    """A decision to look at."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    decision_id: Annotated[UUID, Field(description="The decision's identifier.")]


class CountedBody(TypedDict):
    """How many decisions, and the first of them."""

    decisions: Annotated[int, Field(description="How many decisions.")]
    samples: Annotated[Sequence[SampleBody], Field(description="The first of them that were recorded.")]


# A key that is a word of Python's own is out of reach of the class form.
_From = TypedDict("_From", {"from": Annotated[Team | None, Field(description="The team of the recorded decisions.")]})


class MovementBody(_From, CountedBody):
    """From one team to another; null is no team yet."""

    to: Annotated[Team | None, Field(description="The team that the draft gives.")]


class ChangeOfVerdictBody(CountedBody):
    """What was recorded, and what the draft says."""

    before: Annotated[VerdictBody, Field(description="What was recorded.")]
    after: Annotated[VerdictBody, Field(description="What the draft says.")]


class TurnBody(TypedDict):
    """An answer of a clause that became another; null is unknown."""

    before: Annotated[bool | None, Field(description="What the clause answered.")]
    after: Annotated[bool | None, Field(description="What it answers under the draft.")]
    decisions: Annotated[int, Field(description="In how many decisions.")]


class FlipBody(TypedDict):
    """A clause that answered otherwise in decisions that move."""

    clause: Annotated[str, Field(description="The clause.")]
    answers: Annotated[Sequence[TurnBody], Field(description="How its answers turned.")]


class WantedBody(TypedDict):
    """A fact for want of which decisions would become provisional."""

    fact: Annotated[str, Field(description="The fact.")]
    decisions: Annotated[int, Field(description="How many decisions want it.")]


class ObstacleBody(CountedBody):
    """Why decisions could not be replayed."""

    reason: Annotated[Obstacle, Field(description="Why, the first that holds.")]


class BacktestBody(TypedDict):
    """What a draft makes of recorded decisions.

    `examined` is the sum of `moved`, `otherwise_changed`, `stays` and `not_replayed`.
    """

    before: Annotated[PolicyReference, Field(description="The revision that the draft changes.")]
    after: Annotated[PolicyReference, Field(description="The revision that it would be.")]
    parameters: Annotated[Mapping[str, BeforeAndAfter], Field(description="The parameters that it changes, by name.")]
    examined: Annotated[int, Field(description="All decisions looked at.")]
    moved: Annotated[int, Field(description="With another team; none yet is a team of its own here.")]
    otherwise_changed: Annotated[int, Field(description="With the same team, but another segment, status or rule.")]
    stays: Annotated[int, Field(description="With the same team, segment, status and rule.")]
    not_replayed: Annotated[int, Field(description="Those that could not be taken again.")]
    become_provisional: Annotated[int, Field(description="Those that were firm, and are so no more.")]
    movements: Annotated[Sequence[MovementBody], Field(description="From which team to which, most first.")]
    changes: Annotated[Sequence[ChangeOfVerdictBody], Field(description="Every change, most first.")]
    flips: Annotated[Sequence[FlipBody], Field(description="The clauses by which decisions move, most first.")]
    wanted_facts: Annotated[Sequence[WantedBody], Field(description="What they become provisional for want of.")]
    obstacles: Annotated[Sequence[ObstacleBody], Field(description="Why some could not be taken again.")]
    words: Annotated[Sequence[str], Field(description="All of it in sentences.")]


class FlippedBody(TypedDict):
    """A clause that answers otherwise; null is unknown."""

    clause: Annotated[str, Field(description="The clause.")]
    before: Annotated[bool | None, Field(description="What it answered.")]
    after: Annotated[bool | None, Field(description="What it answers under the draft.")]


class MoverBody(_From):
    """A decision that the draft gives another team."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    name: Annotated[str | None, Field(description="The account's name, where known.")]
    to: Annotated[Team | None, Field(description="The team that the draft gives.")]
    flips: Annotated[Sequence[FlippedBody], Field(description="The clauses that both ask and that answer otherwise.")]
    status_before: Annotated[Status | None, Field(description="How firm it was.")]
    status_after: Annotated[Status | None, Field(description="How firm it would be.")]
    decision_id: Annotated[UUID, Field(description="The decision's identifier.")]


def render_mover(mover: Mover) -> MoverBody:
    """A decision that the draft gives another team."""
    before, after = mover.change
    return {
        "account_id": mover.sample.account_id,
        "name": mover.name,
        "from": before.team,
        "to": after.team,
        "flips": [{"clause": name, "before": one, "after": other} for name, one, other in read_flips(mover.flips)],
        "status_before": before.status,
        "status_after": after.status,
        "decision_id": mover.sample.decision_id,
    }


def _flips_cell(mover: Mover) -> str:
    return ";".join(f"{name} {ANSWERS[one]} to {ANSWERS[other]}" for name, one, other in read_flips(mover.flips))


MOVERS: Lines[Mover] = Lines(
    "movers",
    render_mover,
    {
        "account_id": lambda mover: mover.sample.account_id,
        "name": lambda mover: mover.name,
        "from": lambda mover: mover.change.before.team,
        "to": lambda mover: mover.change.after.team,
        "flips": _flips_cell,
        "status_before": lambda mover: mover.change.before.status,
        "status_after": lambda mover: mover.change.after.status,
        "decision_id": lambda mover: mover.sample.decision_id,
    },
)
"""All that move, line by line."""


def render_backtest(found: Backtest, in_force: Policy, draft: Policy) -> BacktestBody:
    """The counts, each with the first decisions of it; ``parameters`` are those that the draft changes."""
    return {
        "before": render_reference(in_force),
        "after": render_reference(draft),
        "parameters": render_changes(in_force.parameters, draft.parameters),
        "examined": found.examined,
        "moved": found.moved,
        "otherwise_changed": found.otherwise_changed,
        "stays": found.stays,
        "not_replayed": found.not_replayed,
        "become_provisional": found.provisional,
        "movements": [
            {"from": before, "to": after, **_render_some(some)} for (before, after), some in found.movements.items()
        ],
        "changes": [
            {"before": render_verdict(change.before), "after": render_verdict(change.after), **_render_some(some)}
            for change, some in found.changes.items()
        ],
        "flips": [
            {
                "clause": name,
                "answers": [
                    {"before": before, "after": after, "decisions": decisions}
                    for (before, after), decisions in answers.items()
                ],
            }
            for name, answers in found.flips.items()
        ],
        "wanted_facts": [{"fact": fact, "decisions": number} for fact, number in found.wanted.items()],
        "obstacles": [{"reason": obstacle, **_render_some(some)} for obstacle, some in found.obstacles.items()],
        "words": backtest_words(found),
    }


def _render_some(some: Some) -> CountedBody:
    samples: list[SampleBody] = [
        {"account_id": each.account_id, "decision_id": each.decision_id} for each in some.samples
    ]
    return {"decisions": some.decisions, "samples": samples}
