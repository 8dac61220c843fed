"""Record a decision on every account of a table, as the API would: in batches, and none twice."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import groupby, islice
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.bulk.columns import NAME
from service.bulk.facts import ACCOUNT_ID, ROW
from service.bulk.outputs import Outputs
from service.bulk.prefetch import ahead
from service.bulk.rows import Table
from service.bulk.statements import StatementReader, Statements
from service.bulk.verdicts import BY_ITSELF, Judged, Verdicts
from service.domain.errors import NotYetError
from service.domain.rows import Row, Summary
from service.domain.vocabulary import leading_employees, region
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recorder.copies import Classifications, Copies, Fate, record_together, told_by_lines
from service.store.recorder.recorder import Recorder
from service.store.recording import Asked
from service.usecases.people import sellers_on
from service.usecases.record_rows import RowsRecording

_Done = TypeVar("_Done")
_BATCH = 2_000


async def record_table(
    database: Database,
    table: Table,
    on: date,
    today: date,
    asked: Asked,
    outputs: Outputs,
    written: Callable[[], None],
) -> Summary:
    """Record a decision on every row, under the policy of its day or of ``on``, and write what was recorded.

    An account that stands on the same facts, under the same revision as the same program reads it, for the same day, is
    left as it stands; so is one that stood so on a row's day of the past. So a run that was interrupted
    is finished by running it again, and what was discovered or reviewed meanwhile stands. Until it ends, the summary of
    ``outputs`` has what was recorded by then, which is exact where it is interrupted.

    Raises:
        NotYetError: ``on`` is a day to come.
        NoPolicyInForceError: no policy was in force on ``on``.
        StoreUnavailableError: the database cannot be reached; what came before is recorded.
    """
    if on > today:
        raise NotYetError("/effective_on", on, today)
    policy = (await asyncio.to_thread(current_policies, database.engine)).on(on)
    rows = RowsRecording(policy, on, today, asked, outputs, table, cache(partial(sellers_on, database, today)))
    writers = database.copies()
    await database.recorder.start()
    try:
        if not writers:
            await _one_by_one(database, rows, table, written)
        else:
            together = _Together(database.recorder, writers, rows, Verdicts(policy, on), asked, outputs)
            await together.record(StatementReader(table.layout, on, outputs.remark).statements(table.pieces), written)
    finally:
        await database.recorder.stop()
        for writer in writers:
            await writer.close()
    return outputs.summary


async def _one_by_one(database: Database, rows: RowsRecording, table: Table, written: Callable[[], None]) -> None:
    following = table.rows()
    while batch := list(islice(following, _BATCH)):
        await _to_the_end(rows.record(database.recorder, batch))
        written()


async def _to_the_end(work: Coroutine[Any, Any, _Done]) -> _Done:
    """Await what is not to be left half counted: an interruption is heard when it is done."""
    under_way = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(under_way)
    except asyncio.CancelledError:
        await under_way
        raise


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows that are ready to be recorded together, with where they stand among the statements."""

    statements: Statements
    judged: Judged
    places: NDArray[np.int64]
    rows: Classifications


@dataclass(slots=True)
class _Together:
    """One table on its way into the record, where the ordinary rows of a block are recorded together."""

    recorder: Recorder
    writers: Sequence[Copies]
    rows: RowsRecording
    verdicts: Verdicts
    asked: Asked
    outputs: Outputs
    unwritten: tuple[pa.Table, pa.Table] | None = None

    async def record(self, statements: Iterator[Statements | list[Row]], written: Callable[[], None]) -> None:
        """Record all rows; those of the next block are read and decided while the database takes those of this one."""
        blocks = ahead(self._blocks(statements))
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            alone = block if isinstance(block, list) else await _to_the_end(self._recorded(block))
            for first in range(0, len(alone), _BATCH):
                await _to_the_end(self.rows.record(self.recorder, alone[first : first + _BATCH]))
            written()
        self._write()

    def _blocks(self, statements: Iterator[Statements | list[Row]]) -> Iterator[_Block | list[Row]]:
        """The statements with what is decided of each, and between them the rows that are to be recorded one by one."""
        for together, some in groupby(statements, lambda some: isinstance(some, Statements) and len(some.facts) > 0):
            if together:
                yield from self._judged(some)
            else:
                yield from map(_alone, some)

    def _judged(self, statements: Iterable[Statements | list[Row]]) -> Iterator[_Block]:
        waiting: deque[Statements] = deque()

        def facts() -> Iterator[pa.Table]:
            for each in statements:
                if isinstance(each, Statements):
                    waiting.append(each)
                    yield each.facts

        for judged in self.verdicts.judge(facts()):
            yield self._block(waiting.popleft(), judged)

    def _block(self, statements: Statements, judged: Judged) -> _Block:
        places = np.flatnonzero(judged.verdicts != BY_ITSELF)
        everything = Classifications(
            account_ids=statements.facts[ACCOUNT_ID].combine_chunks(),
            facts=statements.json,
            told_by=told_by_lines(self.asked, statements.facts[ROW].to_pylist()),
            names=statements.along[NAME].combine_chunks(),
            owners=statements.owners,
            regions=statements.facts[region.name].combine_chunks(),
            leading_employees=judged.table[leading_employees.name].combine_chunks(),
            verdicts=judged.verdicts,
            decisions=self.verdicts.decisions,
            asked=self.asked,
        )
        return _Block(statements, judged, places, everything.at(places))

    async def _recorded(self, block: _Block) -> list[Row]:
        """Record the rows of a block together, and give those that are to be recorded one by one."""
        fates = np.full(len(block.judged.verdicts), Fate.ASIDE, np.int8)
        # Meanwhile what was recorded of the block before is written.
        under_way = record_together(self.writers, block.rows), asyncio.to_thread(self._write)
        for ended in await asyncio.gather(*under_way, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
            if ended is not None:
                fates[block.places] = ended
        recorded = pa.array(fates != Fate.ASIDE)
        self.unwritten = block.judged.table.filter(recorded), block.statements.along.filter(recorded)
        summary = self.outputs.summary
        summary.recorded += int((fates == Fate.RECORDED).sum())
        summary.stood_already += int((fates == Fate.STANDS).sum())
        aside = [block.statements.read_row(place) for place in np.flatnonzero(fates == Fate.ASIDE).tolist()]
        return sorted([*block.statements.alone, *aside], key=lambda row: row.number)

    def _write(self) -> None:
        if self.unwritten is not None:
            self.outputs.write(*self.unwritten)
        self.unwritten = None


def _alone(statements: Statements | list[Row]) -> list[Row]:
    return statements if isinstance(statements, list) else statements.alone
