"""A handoff as it is on record: with its steps, and the decisions that they led to."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Answered, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHandoff:
    """A handoff with its steps so far. ``decision_ids`` are those of the decisions that it led to, in order.

    ``settled_on`` is the day on which it was first completed, or its escalation answered, whatever became of it since
    (ROUTE-2): the effective day of that decision. None before that.
    """

    handoff: Handoff
    steps: tuple[Step, ...]
    started_by: str
    started_at: datetime
    decision_ids: tuple[UUID, ...]
    settled_on: date | None = None

    def after(self, step: Step, handoff: Handoff, decision_id: UUID | None, day: date | None) -> "RecordedHandoff":
        """The same after a step, with the ``handoff`` as that leaves it, and the decision of a day that it led to."""
        settles = isinstance(step, Answered) or handoff.handed_over_to is not None
        return replace(
            self,
            handoff=handoff,
            steps=(*self.steps, step),
            decision_ids=self.decision_ids if decision_id is None else (*self.decision_ids, decision_id),
            settled_on=day or step.at.date() if settles and self.settled_on is None else self.settled_on,
        )
