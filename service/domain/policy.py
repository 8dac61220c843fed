"""A policy: the rules of one period as data, with their parameters and citations. It decides nothing by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Annotated, TypeAlias

from pydantic import Field

from service.domain.clauses import Citation, Expression, Outcome
from service.domain.evaluation import Check, Values, compile_expression
from service.domain.fields import Count, Day, Line
from service.domain.notices import NoticeCode
from service.domain.terms import Segment, Source, Team
from service.domain.unknowns import unsettled_facts

Trail: TypeAlias = list[tuple[str, list[Outcome]]]
"""What was asked, in order: each step's key with an outcome for each node of its expression, the last its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One question of a rule. ``key``, its name in every trail, is ``RULE/part``. Compiled when the policy is made."""

    rule: str
    part: str
    title: str
    expression: Expression
    citation: Citation
    key: str = field(init=False)
    _check: Check = field(init=False, repr=False, compare=False)
    _unsettled: dict[tuple[Outcome, ...], tuple[str, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.rule}/{self.part}")
        object.__setattr__(self, "_check", compile_expression(self.expression))

    def ask(self, values: Values, trail: Trail) -> Outcome:
        """Answer the step for ``values``, and leave its outcomes in the trail."""
        outcomes: list[Outcome] = []
        outcome = self._check(values, outcomes)
        trail.append((self.key, outcomes))
        return outcome

    def unsettled(self, outcomes: list[Outcome]) -> tuple[str, ...]:
        """The facts that would settle the step, whose answer was unknown (remembered: few answers ever occur)."""
        known = tuple(outcomes)
        if known not in self._unsettled:
            self._unsettled[known] = tuple(unsettled_facts(self.expression, outcomes))
        return self._unsettled[known]


@dataclass(frozen=True, slots=True)
class SourceStep:
    """A primary source, in the order of the walk, and whether its number stands (SEG-2)."""

    source: Source
    stands: Step


@dataclass(frozen=True, slots=True)
class Band:
    """A size band (SEG-1). The first that holds is the segment."""

    segment: Segment
    holds: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """The question that decides between two teams.

    Unknown, it provisionally keeps the current team where that is among ``keeps``, else goes to ``if_unknown``.
    ``action_if_true`` is what a person must do where it is answered with yes.
    """

    test: Step
    if_true: Team
    if_false: Team
    if_unknown: Team
    keeps: frozenset[Team] = frozenset()
    action_if_true: NoticeCode | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A routing rule: where ``when`` applies, the account goes to one team, or a fork decides."""

    when: Step
    to: Team | Fork


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRules:
    """The questions of discoveries, changeovers and standing moves (MOVE-1 to MOVE-5)."""

    stands: Step
    to_territory: Step
    to_first_order: Step
    due_diligence: Step
    qualifies: Step
    idle: Step
    ignored_too_often: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """The questions of a First Order handoff (HAND-1 to HAND-3, HAND-5)."""

    answered: Step
    in_question: Step
    low_potential: Step
    email: Step
    in_time: Step
    ask_for_tam: Step


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """The rule that a kind of advice or action rests on."""

    rule: str
    citation: Citation


RegionNames: TypeAlias = Annotated[tuple[Line, ...], Field(max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The thresholds and dates that a revision may change; the shape of the rules is code."""

    mid_market_min_employees: Annotated[Count, Field(description="From how many employees an account is Mid-Market.")]
    large_min_employees: Annotated[Count, Field(description="From how many employees it is Large.")]
    in_crm_by: Annotated[Day, Field(description="The day by which accounts of the moves are in the CRM.")]
    first_order_regions: Annotated[RegionNames, Field(description="The regions of First Order.")]
    first_order_min_employees: Annotated[Count, Field(description="From how many employees First Order owns it.")]
    first_order_min_users: Annotated[Count, Field(description="From how many potential users First Order owns it.")]
    guideline_max_employees: Annotated[Count, Field(description="Up to how many employees the guideline fits.")]
    guideline_users_above: Annotated[Count, Field(description="Above how many engineers the guideline fits.")]
    double_check_advised_in: Annotated[RegionNames, Field(description="Where LinkedIn's check of SMB is advice only.")]
    november_cleanup_from: Annotated[Day, Field(description="From when the clean-up of November 2019 counts.")]
    handoff_min_users: Annotated[Count, Field(description="From how many total users Key Accounts receives it.")]
    handoff_email_below: Annotated[Count, Field(description="Below how many USD an email may replace the call.")]
    handoff_days: Annotated[
        int, Field(ge=0, le=366, description="Within how many days of the close the customer is heard.")
    ]
    tam_below: Annotated[Count, Field(description="Below how many USD of nARR a TAM is considered.")]
    ignored_moves_tolerated: Annotated[Count, Field(description="How many ignored moves a year are tolerated.")]

    def as_dict(self) -> dict[str, object]:
        """The parameters by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Policy:
    """One published revision of the rules, in force from its first day up to, and without, ``effective_until``."""

    id: str
    version: int
    title: str
    effective_from: date
    effective_until: date | None
    parameters: Parameters
    vp_decision: Step
    sources: tuple[SourceStep, ...]
    crm_segment: Step
    bands: tuple[Band, ...]
    double_check: Step
    double_check_required: Step
    routes: tuple[Route, ...]
    guideline: Step
    moves: MoveRules
    handoff: HandoffRules
    notices: Mapping[NoticeCode, NoticeRule]

    def __repr__(self) -> str:
        return f"<{self.id} revision {self.version}>"

    def is_in_force(self, day: date) -> bool:
        """Whether the revision had started by a day, and not ended."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step by its key, in the order in which they may be asked."""
        return {step.key: step for step in self._in_order()}

    def _in_order(self) -> Iterator[Step]:
        yield self.vp_decision
        yield from (source.stands for source in self.sources)
        yield self.crm_segment
        yield from (band.holds for band in self.bands)
        yield self.double_check
        yield self.double_check_required
        for route in self.routes:
            yield route.when
            if isinstance(route.to, Fork):
                yield route.to.test
        yield self.guideline
        for family in (self.moves, self.handoff):
            yield from (getattr(family, item.name) for item in fields(family))
