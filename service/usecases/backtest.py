"""Try a draft on what was recorded: take every decision again, and count what the draft says otherwise.

Nothing is recorded. Reading, parsing and deciding go on at the same time, each on a block of decisions.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.bulk.columns import OUTCOME
from service.bulk.columns import SEPARATOR as BETWEEN_FACTS
from service.bulk.facts import ACCOUNT_ID
from service.bulk.history import (
    DECISION_ID,
    EFFECTIVE_ON,
    POLICY_ID,
    POLICY_VERSION,
    PROGRAM,
    STORED_FACTS,
    Alone,
    History,
    Moving,
    ReadBy,
    history_of,
    recorded_as,
)
from service.bulk.prefetch import ahead, side_by_side
from service.domain.account_ids import full_id
from service.domain.lab.backtest import Backtest, Counting, Mover, Recorded, Sample, take_again
from service.domain.policy import Policy
from service.store.database import Readable
from service.store.history import SEPARATOR, Extent, count_of_history, lines_of_history
from service.store.rows.decisions import facts_of

_THREADS = 2
"""So many blocks are decided at once. One is too small for the engine to part it among threads by itself."""


def backtest(
    database: Readable,
    draft: Policy,
    read_by: ReadBy,
    extent: Extent,
    examined: Callable[[int, int], None],
    moved: Callable[[Iterable[Mover]], None] | None = None,
) -> Backtest:
    """What a draft makes of recorded decisions.

    Each is decided first under its own revision, which ``read_by`` gives as its own program reads it. ``examined`` is
    told now and then how many decisions are done, and of how many; ``moved`` of every decision with another team, some
    at a time, in no order, to be gone through once.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    total = count_of_history(database.engine, extent)
    counting = Counting()
    with (
        closing(History(draft, read_by, movers=moved is not None)) as history,
        closing(lines_of_history(database.engine, extent)) as lines,
        closing(history_of(block, SEPARATOR) for block in ahead(lines)) as parsed,
        closing(side_by_side(history.take_again, parsed, _THREADS)) as blocks,
    ):
        for block in blocks:
            for found in block:
                movers: Iterable[Mover] = ()
                if isinstance(found, Alone):
                    movers = _one_by_one(found.rows, draft, read_by, counting)
                elif isinstance(found, Moving):
                    movers = found.movers()
                else:
                    counting.add(*found)
                if moved is not None:
                    moved(movers)
            examined(counting.examined, max(total, counting.examined))
    return counting.result()


def _one_by_one(rows: pa.Table, draft: Policy, read_by: ReadBy, counting: Counting) -> list[Mover]:
    movers = []
    for row in rows.to_pylist():
        policy = read_by(row[POLICY_ID], row[POLICY_VERSION], row[PROGRAM])
        sample, recorded = Sample(UUID(row[DECISION_ID]), full_id(row[ACCOUNT_ID])), _recorded(row)
        again = take_again(recorded, policy, draft)
        counting.add(again, 1, (sample,))
        if again.change is not None and again.change.moves:
            movers.append(Mover(sample, recorded.facts.account.name, again.change, again.flips))
    return movers


def _recorded(row: dict[str, Any]) -> Recorded:
    *outcome, missing = (row[recorded_as(name)] for name in OUTCOME)
    facts_wanted = tuple(missing.split(BETWEEN_FACTS)) if missing else ()
    return Recorded(row[EFFECTIVE_ON], (*outcome, facts_wanted), facts_of(row[STORED_FACTS]))
