"""Record a decision on each of some rows as the API would: decided one by one, on what stands of its account."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from service.bulk.alongside import along_with
from service.bulk.decisions import DecidedRows
from service.bulk.outputs import Outputs
from service.bulk.rows import Table
from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.rows import RejectedRow, Row, StatedRow, refused
from service.domain.sellers import Sellers
from service.store.recorder.recorder import Recorder
from service.store.recording import Asked, LetStand, Proposal, Standing, Submission, allow_refusal
from service.usecases.classify import propose_classification


class RowsRecording:
    """The rows of one table that are recorded one by one, and what is told of all of them."""

    def __init__(
        self,
        policy: Policy,
        on: date,
        today: date,
        asked: Asked,
        outputs: Outputs,
        table: Table,
        sellers: Callable[[], Sellers],
    ) -> None:
        self._on = on
        self._today = today
        self._asked = asked
        self._outputs = outputs
        self._table = table
        self._rows = DecidedRows(policy)
        self._sellers = sellers
        self._stood: set[int] = set()

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

    def _submissions(self, batch: Sequence[Row]) -> tuple[list[StatedRow], list[Submission[RecordedDecision]]]:
        """The rows of a batch that state facts, and what is to be recorded of each."""
        rows: list[StatedRow] = []
        submissions: list[Submission[RecordedDecision]] = []
        for row in batch:
            if isinstance(row, RejectedRow):
                self._outputs.reject(row)
                continue
            try:
                submissions.append(self._submission(row))
            except DomainError as error:
                self._refuse(row, error)
                continue
            rows.append(row)
            for remark in row.remarks:
                self._outputs.remark(remark, row.number)
        return rows, submissions

    def _write(self, made: Iterable[tuple[StatedRow, RecordedDecision | DomainError]]) -> None:
        """Write what was recorded of the rows."""
        decided, rows, summary = [], [], self._outputs.summary
        for row, result in made:
            if isinstance(result, DomainError):
                self._refuse(row, result)
            else:
                decided.append((row.number, result.decision))
                rows.append(row)
                summary.recorded += row.number not in self._stood
                summary.stood_already += row.number in self._stood
        self._outputs.write(self._rows.table(decided), along_with(rows, self._table.layout))

    def _submission(self, row: StatedRow) -> Submission[RecordedDecision]:
        on = row.effective_on or self._on
        file = None if self._asked.file is None else self._asked.file._replace(line=row.number)
        asked = replace(self._asked, file=file)
        anew = propose_classification(row.facts, on, self._today, row.dedup_requested_by, asked, self._sellers)

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
        self._outputs.reject(refused(row, error, self._table.column_at))


def _says_it_all(stands: RecordedDecision, facts: Facts, policy: Policy, on: date) -> bool:
    """Whether a decision rests on these facts already, as far as a table can state them."""
    decision = stands.decision
    stated = (decision.facts.account, decision.facts.employee_counts, decision.facts.motion)
    return (
        decision.policy is policy
        and decision.effective_on == on
        and stated == (facts.account, facts.employee_counts, facts.motion)
    )
