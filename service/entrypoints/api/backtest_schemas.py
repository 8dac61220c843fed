"""The shape of a backtest, as published in ``openapi.yaml``."""

from uuid import UUID

from pydantic import Field

from service.domain.lab.backtest import Obstacle
from service.domain.terms import Team
from service.entrypoints.api.policy_schemas import BeforeAndAfter, VerdictBody
from service.entrypoints.api.schemas import PolicyReference, Shape


class SampleBody(Shape):
    """A decision to look at."""

    account_id: str
    decision_id: UUID


class Counted(Shape):
    """How many decisions, and the first of them."""

    decisions: int
    samples: list[SampleBody]


class MovementBody(Counted):
    """From one team to another; null is no team yet."""

    from_: Team | None = Field(alias="from")
    to: Team | None


class ChangeOfVerdictBody(Counted):
    """What was recorded, and what the draft says."""

    before: VerdictBody
    after: VerdictBody


class TurnBody(Shape):
    """An answer of a clause that became another; null is unknown."""

    before: bool | None
    after: bool | None
    decisions: int


class FlipBody(Shape):
    """A clause that answered otherwise in decisions that move."""

    clause: str
    answers: list[TurnBody]


class WantedBody(Shape):
    """A fact for want of which decisions would become provisional."""

    fact: str
    decisions: int


class ObstacleBody(Counted):
    """Why decisions could not be replayed."""

    reason: Obstacle


class BacktestBody(Shape):
    """What a draft makes of recorded decisions.

    `examined` is the sum of `moved`, `otherwise_changed`, `stays` and `not_replayed`.
    """

    before: PolicyReference
    after: PolicyReference
    parameters: dict[str, BeforeAndAfter]
    examined: int
    moved: int = Field(description="With another team; none yet is a team of its own here.")
    otherwise_changed: int = Field(description="With the same team, but another segment, status or rule.")
    stays: int
    not_replayed: int
    become_provisional: int
    movements: list[MovementBody]
    changes: list[ChangeOfVerdictBody]
    flips: list[FlipBody]
    wanted_facts: list[WantedBody]
    obstacles: list[ObstacleBody]
    words: list[str]
