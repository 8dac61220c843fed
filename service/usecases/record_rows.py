"""Record a decision on each of some rows as the API would: decided one by one, on what stands of its account."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from threading import Lock

from service.bulk.decisions import DecidedRows
from service.bulk.outputs import Outputs, count_decisions
from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.rows import RejectedRow, Remark, Row, StatedRow, Summary, refused
from service.store.recorder.recorder import Recorder
from service.store.recording import Asked, LetStand, Proposal, Standing, Submission, allow_refusal
from service.usecases.classify import propose_classification


class RowsRecording:
    """The rows of one table that are recorded one by one, and what is told of all of them."""

    def __init__(
        self, policy: Policy, on: date, today: date, asked: Asked, outputs: Outputs, column_at: Callable[[str], str]
    ) -> None:
        self._on = on
        self._today = today
        self._asked = asked
        self._outputs = outputs
        self._column_at = column_at
        self._rows = DecidedRows(policy)
        self._stood: set[int] = set()
        # Rows are read in a thread of their own, which finds something to say too.
        self._saying = Lock()
        self.summary = Summary()

    async def record(self, recorder: Recorder, batch: Sequence[Row]) -> None:
        """Record a batch of rows, all of them or none, and write what was recorded.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        self._stood.clear()
        rows, submissions = self._submissions(batch)
        if rows:
            made = await recorder.record([allow_refusal(submission) for submission in submissions])
            self._write(zip(rows, made, strict=True))

    def remark(self, remark: Remark, number: int, rows: int = 1) -> None:
        """Tell of a value that the rules do not know."""
        with self._saying:
            self.summary.remark(remark, number, rows)

    def _submissions(self, batch: Sequence[Row]) -> tuple[list[StatedRow], list[Submission[RecordedDecision]]]:
        """The rows of a batch that state facts, and what is to be recorded of each."""
        rows: list[StatedRow] = []
        submissions: list[Submission[RecordedDecision]] = []
        for row in batch:
            if isinstance(row, RejectedRow):
                self._reject(row)
                continue
            try:
                submissions.append(self._submission(row))
            except DomainError as error:
                self._refuse(row, error)
                continue
            rows.append(row)
            for remark in row.remarks:
                self.remark(remark, row.number)
        return rows, submissions

    def _write(self, made: Iterable[tuple[StatedRow, RecordedDecision | DomainError]]) -> None:
        """Write what was recorded of the rows."""
        decided = []
        for row, result in made:
            if isinstance(result, DomainError):
                self._refuse(row, result)
            else:
                decided.append((row.number, result.decision))
                self.summary.recorded += row.number not in self._stood
                self.summary.stood_already += row.number in self._stood
        table = self._rows.table(decided)
        count_decisions(self.summary, table)
        self._outputs.decisions.write(table)

    def _submission(self, row: StatedRow) -> Submission[RecordedDecision]:
        on = row.effective_on or self._on
        anew = propose_classification(row.facts, on, self._today, row.dedup_requested_by, self._asked)

        def decide(standing: Standing) -> Proposal[RecordedDecision]:
            # What stood on a day of the past may be recorded already, too.
            for recorded in (standing.previous, standing.then):
                if recorded is not None and _says_it_all(recorded, row.facts, standing.policies.on(on), on):
                    self._stood.add(row.number)
                    return LetStand(recorded)
            self._stood.discard(row.number)
            return anew.decide(standing)

        return replace(anew, decide=decide, whole=True)

    def _refuse(self, row: StatedRow, error: DomainError) -> None:
        self._reject(refused(row.number, row.facts.account.id, error, self._column_at))

    def _reject(self, row: RejectedRow) -> None:
        self.summary.reject(row)
        self._outputs.rejected.write(row)


def _says_it_all(stands: RecordedDecision, facts: Facts, policy: Policy, on: date) -> bool:
    """Whether a decision rests on these facts already, as far as a table can state them."""
    decision = stands.decision
    stated = (decision.facts.account, decision.facts.employee_counts, decision.facts.motion)
    return (
        decision.policy is policy
        and decision.effective_on == on
        and stated == (facts.account, facts.employee_counts, facts.motion)
    )
