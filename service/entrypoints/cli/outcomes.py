"""What became of each row: decided, or rejected with its reasons; and the count of it all."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from service.crm.rows import Fault, FaultyRow, Remark
from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.errors import DomainError
from service.domain.policies import Policies
from service.domain.policy import Policy
from service.domain.terms import Team
from service.entrypoints.cli.requests_in import RequestsIn, StatedRequest


@dataclass(frozen=True, slots=True)
class Decided:
    """A row that was decided, under which policy revision, and the values in it that the rules do not know."""

    decision: Decision
    policy: Policy
    remarks: tuple[Remark, ...]


Outcome: TypeAlias = Decided | FaultyRow


def outcomes(requests: RequestsIn, on: date, policies: Policies) -> Iterator[Outcome]:
    """Decide every request under the policy in force on its own day, or ``on`` where it names none."""
    for entry in requests.entries:
        yield entry if isinstance(entry, FaultyRow) else _decided(entry, on, requests, policies)


def _decided(entry: StatedRequest, on: date, requests: RequestsIn, policies: Policies) -> Outcome:
    request = entry.request
    effective_on = request.effective_on or on
    try:
        policy = policies.on(effective_on)
        return Decided(decide(request.facts(), policy, effective_on), policy, entry.remarks)
    except DomainError as error:
        column = None if error.pointer is None else requests.column_at(tuple(error.pointer.split("/")[1:]))
        fault = Fault(entry.row, column, str(error))
        return FaultyRow(row=entry.row, account_id=request.account.id, name=request.account.name, faults=(fault,))


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of a column that the rules do not know: where it stands first, and in how many rows."""

    column: str
    value: str
    reason: str
    first_row: int
    rows: int


@dataclass(slots=True)
class Tally:
    """The count of outcomes so far. Rejected rows are kept whole; of the decided ones only the numbers are."""

    rejected: list[FaultyRow] = field(default_factory=list)
    by_team: Counter[tuple[Team | None, Status]] = field(default_factory=Counter)
    _unknown_values: dict[tuple[str, str], tuple[Remark, int]] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        """Add one outcome."""
        if isinstance(outcome, FaultyRow):
            self.rejected.append(outcome)
            return
        self.by_team[outcome.decision.team, outcome.decision.status] += 1
        for remark in outcome.remarks:
            first, rows = self._unknown_values.get((remark.column, remark.value), (remark, 0))
            self._unknown_values[remark.column, remark.value] = (first, rows + 1)

    @property
    def decided(self) -> int:
        """How many rows were decided."""
        return self.by_team.total()

    @property
    def unknown_values(self) -> list[UnknownValue]:
        """The values that the rules do not know, in the order of the file."""
        return [
            UnknownValue(first.column, first.value, first.reason, first.row, rows)
            for first, rows in self._unknown_values.values()
        ]
