"""Record a decision on each of some rows as the API would: decided one by one, on what stands of its account."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from threading import Lock

from service.bulk.decided import DecidedRows
from service.bulk.outputs import Outputs
from service.bulk.rows import Entry, Rejected, Remark, Stated
from service.bulk.summary import Tally
from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.store.recorder.recorder import Recorder
from service.store.recording import LetStand, Proposal, Standing, Submission, allow_refusal
from service.usecases.classify import Asked, propose_classification


class RowsRecording:
    """The rows of one table that are recorded one by one, and what is told of all of them."""

    def __init__(
        self, policy: Policy, on: date, asked: Asked, outputs: Outputs, column_at: Callable[[str], str]
    ) -> None:
        self._on = on
        self._asked = asked
        self._outputs = outputs
        self._column_at = column_at
        self._rows = DecidedRows(policy)
        self._stood: set[int] = set()
        # Rows are read in a thread of their own, which finds something to say too.
        self._saying = Lock()
        self.tally = Tally()

    async def record(self, recorder: Recorder, batch: Sequence[Entry]) -> None:
        """Record a batch of rows, all of them or none, and write what was recorded.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        self._stood.clear()
        rows, submissions = self._submissions(batch)
        if rows:
            made = await recorder.record([allow_refusal(submission) for submission in submissions])
            self._write(zip(rows, made, strict=True))

    def remark(self, remark: Remark, row: int, times: int) -> None:
        """Tell of a value that the rules do not know."""
        with self._saying:
            self.tally.remark(remark, row, times)

    def _submissions(self, batch: Sequence[Entry]) -> tuple[list[Stated], list[Submission[RecordedDecision]]]:
        """The rows of a batch that state facts, and what is to be recorded of each."""
        rows: list[Stated] = []
        submissions: list[Submission[RecordedDecision]] = []
        for entry in batch:
            if isinstance(entry, Rejected):
                self._reject(entry)
                continue
            try:
                submissions.append(self._submission(entry))
            except DomainError as error:
                self._refuse(entry, error)
                continue
            rows.append(entry)
            for remark in entry.remarks:
                self.remark(remark, entry.row, 1)
        return rows, submissions

    def _write(self, made: Iterable[tuple[Stated, RecordedDecision | DomainError]]) -> None:
        """Write what was recorded of the rows."""
        decided = []
        for entry, result in made:
            if isinstance(result, DomainError):
                self._refuse(entry, result)
            else:
                decided.append((entry.row, result.decision))
                self.tally.recorded += entry.row not in self._stood
                self.tally.stood_already += entry.row in self._stood
        table = self._rows.table(decided)
        self.tally.count(table)
        self._outputs.decisions.write(table)

    def _submission(self, entry: Stated) -> Submission[RecordedDecision]:
        on = entry.effective_on or self._on
        anew = propose_classification(entry.facts, on, entry.dedup_requested_by, self._asked)

        def decide(standing: Standing) -> Proposal[RecordedDecision]:
            stands = standing.previous
            if stands is not None and _says_it_all(stands, entry.facts, standing.policies.on(on), on):
                self._stood.add(entry.row)
                return LetStand(stands)
            self._stood.discard(entry.row)
            return anew.decide(standing)

        return replace(anew, decide=decide, whole=True)

    def _refuse(self, entry: Stated, error: DomainError) -> None:
        column = None if error.pointer is None else self._column_at(error.pointer)
        self._reject(Rejected(row=entry.row, account_id=entry.facts.account.id, faults=((column, str(error)),)))

    def _reject(self, rejected: Rejected) -> None:
        self.tally.rejected += 1
        self._outputs.rejected.write(rejected)


def _says_it_all(stands: RecordedDecision, facts: Facts, policy: Policy, on: date) -> bool:
    """Whether a decision rests on these facts already, as far as a table can state them."""
    decision = stands.decision
    stated = (decision.facts.account, decision.facts.employee_counts, decision.facts.motion)
    return (
        decision.policy is policy
        and decision.effective_on >= on
        and stated == (facts.account, facts.employee_counts, facts.motion)
    )
