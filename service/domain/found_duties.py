"""Find the duties of an opportunity: which apply, which are met, and what is not known (OPP-1 to OPP-5, OPP-8)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from service.domain.clauses import Outcome
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.duties.program import Duty, DutyProgram, ReminderRule
from service.domain.duties.terms import STATED_AS, DutyCode
from service.domain.duties.values import known_values
from service.domain.evaluation import Values
from service.domain.explain import ExplainedClause, explain_trail, words_of
from service.domain.parts import Step, Trail


@dataclass(frozen=True, slots=True)
class DutyItem:
    """A part of a duty, by its code, and whether it is done."""

    code: str
    title: str
    met: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDuty:
    """A duty of an opportunity. ``met`` and ``items`` are not asked of one that does not apply.

    It is explained when that is asked for: whoever looks at many opportunities wants no words.
    """

    duty: Duty
    applies: Outcome
    met: Outcome
    missing_facts: tuple[str, ...]
    items: tuple[DutyItem, ...]
    reminders: tuple[ReminderRule, ...]
    explain: Callable[[], list[ExplainedClause]]

    @property
    def code(self) -> DutyCode:
        """Which duty it is."""
        return self.duty.code

    @property
    def explanation(self) -> list[ExplainedClause]:
        """The questions that were asked, in order."""
        return self.explain()

    @property
    def is_open(self) -> bool:
        """Whether it applies, and is not known to be met."""
        return self.applies is True and self.met is not True


def find_duties(opportunity: OpportunityFacts, program: DutyProgram, on: date) -> tuple[FoundDuty, ...]:
    """Every duty in its order, as the opportunity stands on a day.

    A closed opportunity has none, and so has one of another segment than SMB and Mid-Market; without a segment all of
    them are unknown.
    """
    values = known_values(opportunity, on, program.parameters)
    return tuple(_find(duty, program, values) for duty in program.duties)


def _find(duty: Duty, program: DutyProgram, values: Values) -> FoundDuty:
    trail: Trail = []
    asked = (program.open, program.commercial, duty.applies)
    missing: list[str] = []
    applies: Outcome = True
    for step in asked:
        applies = step.ask(values, trail)
        missing += _missing(step, trail)
        if applies is not True:
            break
    met: Outcome = None
    items: tuple[DutyItem, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    if applies is not False:
        met = duty.met.ask(values, trail)
        missing += _missing(duty.met, trail)
        items = tuple(_items(duty.met, trail[-1][1]))
        reminders = tuple(reminder for reminder in duty.reminders if reminder.given.answer(values))
    return FoundDuty(
        duty=duty,
        applies=applies,
        met=met,
        missing_facts=tuple(dict.fromkeys(missing)),
        items=items,
        reminders=reminders,
        explain=partial(explain_trail, trail, program.steps, values),
    )


def _missing(step: Step, trail: Trail) -> list[str]:
    outcomes = trail[-1][1]
    return [] if outcomes[-1] is not None else [STATED_AS.get(fact, fact) for fact in step.unsettled(outcomes)]


def _items(met: Step, outcomes: list[Outcome]) -> list[DutyItem]:
    *items, _ = words_of(met)
    return [DutyItem(words.clause, words.title, outcomes[words.place]) for words in items]
