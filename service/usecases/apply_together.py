"""Apply a policy to many accounts at once: those that stand on their facts and on nothing else."""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.columns import NAME, OUTCOME
from service.bulk.prefetch import ahead
from service.bulk.recorded import OF_THE_RECORD, OWNER, recorded_facts
from service.bulk.verdicts import BY_ITSELF, Judged, Verdicts
from service.domain.policy import Policy
from service.domain.terms import Team
from service.domain.vocabulary import leading_employees, region
from service.store.applications import Anew, Application, Older
from service.store.recorder.copies import Classifications, Copies, Fate, record_together
from service.store.recording import Asked


@dataclass(frozen=True, slots=True)
class Block:
    """Accounts in the order of their identifiers, and at some ``places`` of them those that are decided together."""

    accounts: Sequence[Older]
    places: NDArray[np.int64]
    rows: Classifications


class Together:
    """Decides blocks of accounts anew, with one verdict for all that are alike."""

    def __init__(self, application: Application, policy: Policy, asked: Asked, writers: Sequence[Copies]) -> None:
        self._verdicts = Verdicts(policy, application.effective_on)
        self._asked = asked
        self._writers = writers

    def blocks(self, slices: Iterator[Sequence[Older]]) -> Iterator[Block]:
        """The accounts with what is decided of each; those of the next block are decided before they are asked for."""
        return ahead(self._judged(slices))

    def _judged(self, slices: Iterator[Sequence[Older]]) -> Iterator[Block]:
        read: deque[Sequence[Older]] = deque()
        waiting: deque[tuple[Sequence[Older], pa.Table, pa.Table]] = deque()

        def blocks() -> Iterator[tuple[list[str], list[str]]]:
            for accounts in slices:
                read.append(accounts)
                yield [each.account_id for each in accounts], [each.facts for each in accounts]

        def facts() -> Generator[pa.Table]:
            for stated, beside in recorded_facts(blocks()):
                waiting.append((read.popleft(), stated, beside))
                yield stated

        with closing(facts()) as stated:
            for judged in self._verdicts.judge(stated):
                yield self._block(judged, *waiting.popleft())

    def _block(self, judged: Judged, accounts: Sequence[Older], facts: pa.Table, beside: pa.Table) -> Block:
        own = np.array([each.is_own for each in accounts])
        odd = own | beside[OF_THE_RECORD].to_numpy() | (judged.verdicts == BY_ITSELF)
        everything = Classifications(
            account_ids=pa.array([each.account_id for each in accounts]),
            facts=pa.array([each.facts for each in accounts]),
            told_by=pa.array([each.told_by for each in accounts], pa.string()),
            names=beside[NAME].combine_chunks(),
            owners=beside[OWNER].combine_chunks(),
            regions=facts[region.name].combine_chunks(),
            leading_employees=judged.table[leading_employees.name].combine_chunks(),
            verdicts=judged.verdicts,
            decisions=self._verdicts.decisions,
            asked=self._asked,
            follows=pa.array([each.decision_id.hex for each in accounts]),
            unchanged=_unchanged(accounts, judged.table),
        )
        places = np.flatnonzero(~odd)
        return Block(accounts, places, everything.at(places))

    async def record(self, block: Block) -> Mapping[str, Anew]:
        """Record what is decided of a block, and give what was made of each account, but for those left over.

        Raises:
            StoreUnavailableError: the database cannot be reached; some are recorded.
        """
        rows = block.rows
        fates = await record_together(self._writers, rows)
        made: dict[str, Anew] = {}
        for row in np.flatnonzero(fates == Fate.RECORDED).tolist():
            stood = block.accounts[block.places[row]]
            team, unchanged = rows.decisions[int(rows.verdicts[row])].team, rows.unchanged
            same = unchanged is not None and bool(unchanged[row])
            made[stood.account_id] = Anew(None if stood.team is None else Team(stood.team), team, same)
        return made

    async def close(self) -> None:
        """Let go of the database."""
        for writer in self._writers:
            await writer.close()


def _unchanged(accounts: Sequence[Older], decided: pa.Table) -> NDArray[np.bool_]:
    """Of which accounts the decision anew says what the one before said: ``Decision.outcome`` of both."""
    stood = zip(*(each[-len(OUTCOME) :] for each in accounts), strict=True)
    same = (_same(decided[name], values) for name, values in zip(OUTCOME, stood, strict=True))
    return reduce(pc.and_, same).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _same(now: pa.ChunkedArray, before: Sequence[object]) -> pa.Array:
    then, now = pa.array(before, now.type), now.combine_chunks()
    both_unknown = pc.and_(pc.is_null(then), pc.is_null(now))
    return pc.or_(both_unknown, pc.fill_null(pc.equal(then, now), False))  # noqa: FBT003 - Arrow's signature
