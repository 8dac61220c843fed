"""Policies tried, in a process of their own: two compared, and a draft taken to what was recorded."""

import gzip
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper
from uuid import UUID

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from service.domain.drafts import RecordedDraft
from service.domain.duties.policy import DutyPolicy
from service.domain.lab.backtest import Mover
from service.domain.lab.compare import compare
from service.domain.policy import of_accounts
from service.domain.terms import Team
from service.entrypoints.common.accepting import CSV
from service.entrypoints.common.apart import made_apart
from service.entrypoints.common.context import ApiContext
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.exports import sent
from service.entrypoints.common.problems import known
from service.entrypoints.views.backtests import MOVERS, render_backtest, render_mover
from service.entrypoints.views.comparisons import render_comparison
from service.entrypoints.views.duty_backtests import render_duty_backtest
from service.store.database import Readable
from service.store.history import Extent
from service.store.policies import find_draft, load_revisions, on_record
from service.usecases.find_duties import backtest_duties

_PIECE = 64 * 1024


def found_draft(database: Readable, draft_id: UUID) -> RecordedDraft:
    """A draft that a request names.

    Raises:
        ProblemError: there is none.
    """
    return known(find_draft(database.engine, draft_id), "policy draft", draft_id)


def comparison_of_draft(database: Readable, draft_id: UUID) -> bytes:
    """Where a draft decides otherwise than the revision that it changes, as JSON."""
    draft = found_draft(database, draft_id).draft
    based_on = on_record(draft.based_on)
    return to_json(render_comparison(compare(based_on, draft.policy, draft.effective_from), based_on, draft.policy))


def backtest_of_draft(database: Readable, draft_id: UUID, extent: Extent) -> bytes:
    """What a draft makes of recorded decisions, as JSON."""
    # What decides tables takes as long to load as all the rest, and most services never need it.
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

    draft = found_draft(database, draft_id).draft
    based_on, policy = on_record(draft.based_on), draft.policy
    if isinstance(based_on, DutyPolicy) and isinstance(policy, DutyPolicy):
        return to_json(render_duty_backtest(backtest_duties(database, based_on, policy), based_on, policy))
    tried = backtest(database, of_accounts(policy), load_revisions(database.engine), extent, lambda *_: None)
    return to_json(render_backtest(tried, of_accounts(based_on), of_accounts(policy)))


def movers_between(
    database: Readable, draft_id: UUID, extent: Extent, teams: tuple[Team | None, Team | None], most: int
) -> bytes:
    """Some of the decisions that a draft sends from one team to another, by account, as a list of JSON."""
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as above

    found: list[Mover] = []

    def keep(movers: Iterable[Mover]) -> None:
        wanted = (each for each in movers if (each.change.before.team, each.change.after.team) == teams)
        found.extend(islice(wanted, most - len(found)))

    draft = found_draft(database, draft_id).draft
    backtest(database, of_accounts(draft.policy), load_revisions(database.engine), extent, lambda *_: None, keep)
    return to_json([render_mover(each) for each in sorted(found, key=lambda each: each.sample.account_id)])


async def every_mover(context: ApiContext, key: str, draft_id: UUID, extent: Extent, media_type: str) -> Response:
    """All that move: written into a file, packed, for a slow reader is not to keep the database nor other backtests."""
    context.exports.begin(key)
    try:
        # It is gone once it was sent, or let go of.
        file = await run_in_threadpool(lambda: NamedTemporaryFile(prefix="chalkline-movers-"))  # noqa: SIM115 - as said
        async with context.backtesting:
            await made_apart(context.database, _write_movers, draft_id, extent, media_type, file.name)
    except BaseException:
        context.exports.end(key)
        raise
    return sent(context.exports, key, media_type, _unpacked(file), MOVERS.name)


def _unpacked(file: "_TemporaryFileWrapper[bytes]") -> Iterator[bytes]:
    with file, gzip.open(file.name, "rb") as packed:
        while piece := packed.read(_PIECE):
            yield piece


def _write_movers(database: Readable, draft_id: UUID, extent: Extent, media_type: str, file: str) -> None:
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as above

    draft = found_draft(database, draft_id).draft
    with gzip.open(file, "wb", compresslevel=1) as packed:
        moved = MOVERS.written(packed.write, as_csv=media_type == CSV)
        backtest(database, of_accounts(draft.policy), load_revisions(database.engine), extent, lambda *_: None, moved)
