"""Record a decision on every account of a table, as the API would: in batches, and none twice."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice

from service.bulk.decided import DecidedRows
from service.bulk.entries import Entry, Rejected, Stated
from service.bulk.outputs import Outputs
from service.bulk.tally import Tally
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.record import RecordedDecision
from service.store.database import Database
from service.store.policy_book import current_policies
from service.store.recording import Answer, Draft, Job, Result, Standing, Submission
from service.usecases.classify import Asked, classification

_BATCH = 2_000


async def record_table(
    database: Database,
    entries: Iterator[Entry],
    on: date,
    asked: Asked,
    outputs: Outputs,
    column_at: Callable[[str], str],
    written: Callable[[], None],
) -> Tally:
    """Record a decision on every row, under the policy of its day or of ``on``, and write what was recorded.

    An account whose newest decision rests on the same facts, under the same revision, for the same day or a later one,
    is left as it stands. So a run that was interrupted is finished by running it again, and what was discovered or
    reviewed meanwhile stands.

    Raises:
        NoPolicyInForceError: no policy was in force on ``on``.
        StoreUnavailableError: the database cannot be reached; what came before is recorded.
    """
    policies = await asyncio.to_thread(current_policies, database.engine)
    recording = _Recording(policies.on(on), on, asked, outputs, column_at)
    await database.recorder.start()
    try:
        while batch := list(islice(entries, _BATCH)):
            rows, job = recording.job(batch)
            if rows:
                await database.recorder.record(job)
                recording.write(rows)
            written()
    finally:
        await database.recorder.stop()
    return recording.tally


class _Recording:
    """One table on its way into the record."""

    def __init__(
        self, policy: Policy, on: date, asked: Asked, outputs: Outputs, column_at: Callable[[str], str]
    ) -> None:
        self._on = on
        self._asked = asked
        self._outputs = outputs
        self._column_at = column_at
        self._rows = DecidedRows(policy)
        self._results: Sequence[Result] = ()
        self._stood: set[int] = set()
        self.tally = Tally()

    def job(self, batch: list[Entry]) -> tuple[list[Stated], Job]:
        """The rows of a batch that state facts, and the job that records them all."""
        self._stood.clear()
        rows: list[Stated] = []
        submissions: list[Submission] = []
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
                self.tally.remark(remark, entry.row, 1)
        return rows, Job(tuple(submissions), self._keep)

    def write(self, rows: list[Stated]) -> None:
        """Write what was recorded of the rows."""
        decided = []
        for entry, result in zip(rows, self._results, strict=True):
            if isinstance(result, DomainError):
                self._refuse(entry, result)
            elif isinstance(result, RecordedDecision):
                decided.append((entry.row, result.decision))
                self.tally.recorded += entry.row not in self._stood
                self.tally.stood_already += entry.row in self._stood
        table = self._rows.table(decided)
        self.tally.count(table)
        self._outputs.decisions.write(table)

    def _submission(self, entry: Stated) -> Submission:
        on = entry.effective_on or self._on
        anew = classification(entry.facts, on, entry.dedup_requested_by, self._asked)

        def decide(standing: Standing) -> Draft:
            stands = standing.previous
            if stands is not None and _says_it_all(stands, entry.facts, standing.policies.on(on), on):
                self._stood.add(entry.row)
                return Draft(stands=stands)
            self._stood.discard(entry.row)
            return anew.decide(standing)

        return replace(anew, decide=decide, whole=True)

    def _keep(self, results: Sequence[Result]) -> Answer:
        self._results = results
        return Answer(b"")

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
