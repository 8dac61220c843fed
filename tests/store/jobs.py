"""Jobs and recorders for the store's tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID

from service.domain.conduct import RecordedMatter
from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.handoff.recorded import RecordedHandoff
from service.store.clock import Ahead
from service.store.database import Database, open_database
from service.store.engine import TIMEOUT_SECONDS
from service.store.inbox import RecordedEvent
from service.store.once import Answer, IdempotencyKey, Once
from service.store.recording import Asked, Job, Proposal, Standing, Submission, allow_refusal
from service.usecases.classify import propose_classification
from tests.builders import ON, facts

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ASKED = Asked("crm", "api", "request-1")
Recorded: TypeAlias = RecordedDecision | RecordedHandoff | RecordedMatter | RecordedEvent


def standing_still() -> datetime:
    """A clock that never moves: what must rise has to rise by itself."""
    return AT


def counting_bits() -> Callable[[], int]:
    """Random bits that are not random: every identifier differs, and none twice."""
    numbers = count(1)
    return lambda: next(numbers)


@asynccontextmanager
async def recording(
    url: str,
    *,
    clock: Callable[[], datetime] = standing_still,
    batches: list[int] | None = None,
    timeout: float = TIMEOUT_SECONDS,  # noqa: ASYNC109 - the database's
    ahead: Ahead = lambda _: None,
) -> AsyncIterator[Database]:
    """A database whose recorder runs. ``batches`` takes the size of each batch."""
    sizes = [] if batches is None else batches
    observe = lambda size, _: sizes.append(size)  # noqa: E731 - one measure
    bits = counting_bits()
    database = open_database(url, clock=clock, random_bits=bits, observe=observe, timeout=timeout, ahead=ahead)
    await database.recorder.start()
    try:
        yield database
    finally:
        await database.recorder.stop()
        database.engine.dispose()


def submission(account: str = "acc-1", **stated: Any) -> Submission[RecordedDecision]:  # noqa: ANN401 - what ``facts`` takes
    """A classification of an account, of facts as ``tests.builders.request`` takes them."""
    return propose_classification(facts(id=account, **stated), ON, AT.date(), None, ASKED)


def failing(account: str, error: Exception) -> Submission[RecordedDecision]:
    """A submission whose decision cannot be taken."""

    def decide(_: Standing) -> Proposal[RecordedDecision]:
        raise error

    return Submission(account_id=account, asked=Asked("crm", "api", "request-1"), decide=decide)


def named(results: Sequence[Recorded | DomainError]) -> Answer:
    """Answers with the identifiers of what was recorded, and the codes of what was refused."""
    told = [result.code if isinstance(result, DomainError) else str(_identifier(result)) for result in results]
    return Answer(" ".join(told).encode())


def _identifier(result: Recorded) -> UUID:
    return result.handoff.terms.id if isinstance(result, RecordedHandoff) else result.id


def job(*submissions: Submission[Any], key: IdempotencyKey | None = None) -> Job[Any]:
    """A job whose refusals are results, answered by ``named`` where it has a key."""
    return Job(tuple(map(allow_refusal, submissions)), None if key is None else Once(key, named))


def recorded(database: Database, job: Job[Any]) -> Awaitable[Any]:
    """Record a job."""
    recorder = database.recorder
    return recorder.record(job.submissions) if job.once is None else recorder.record_once(job.submissions, job.once)


def recorded_in(database: Database, jobs: Sequence[Job[Any]]) -> "asyncio.Future[list[Any | BaseException]]":
    """What becomes of jobs that arrive together."""
    return asyncio.gather(*[recorded(database, job) for job in jobs], return_exceptions=True)
