"""What a changeover is run over, and what it leaves behind, whoever carried it out and however often it was stopped."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from service.domain.decision import RecordedDecision
from service.domain.triggers import Discovery
from service.store.changeovers import moved_at
from service.store.engine import connect_engine
from service.store.recording import Asked, Submission
from service.usecases.record_discovery import propose_discovery
from tests.commands import NOWHERE, Command
from tests.store.jobs import recording, submission

ON = date(2022, 5, 1)
_BATCH = 1_000
_HISTORIES = text("""
SELECT a.account_id, a.decision_id, a.move, a.changed_over_on,
       d.id, d.previous_decision_id, d.kind, d.status, d.team, d.rule, d.effective_on, d.facts, d.trail
FROM accounts a JOIN decisions d ON d.account_id = a.account_id ORDER BY a.account_id, d.id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndState:
    """What a changeover came to, on either database.

    ``digest`` is that of all but identifiers, instants and who did it, account by account.
    """

    digest: str
    accounts: int
    moved: int
    """Accounts with exactly one decision of a changeover."""
    moved_again: int
    broken: int
    """Accounts whose decisions do not follow one another up to the one that they stand on."""


def fill(url: str, accounts: int) -> int:
    """Record so many accounts, most of which the changeover moves; gives how many those are."""

    async def record() -> None:
        async with recording(url, clock=lambda: datetime(2022, 4, 1, tzinfo=UTC)) as database:
            for first in range(0, accounts, _BATCH):
                numbers = range(first, min(first + _BATCH, accounts))
                await database.recorder.record(list(map(_account, numbers)))
                await database.recorder.record([_discovery(number) for number in numbers if number % 10 == _MOVED])

    asyncio.run(record())
    let_moves_end(url)
    return sum(number % 10 < _MOVED + 1 for number in range(accounts))


_MOVED = 6
"""Which of ten accounts stands on a move that holds no more."""


def _account(number: int) -> Submission[RecordedDecision]:
    """Six of ten were idle in the quarter before; one was active, of one nobody knows, and one is not Territory's.

    And one is First Order's by a discovery.
    """
    kind = number % 10
    activity = {7: "2022-03-20", 8: None}.get(kind, "2022-01-10")
    employees = 640 if kind == 9 else 300
    return submission(_name(number), df=employees, created="2022-03-01", lam_dev_count=150, last_activity_on=activity)


def _discovery(number: int) -> Submission[RecordedDecision]:
    on = date(2022, 4, 1)
    found = partial(Discovery, discovered_by="Sample AE", employees=700, potential_users=None, discovered_on=on)
    return propose_discovery(_name(number), found, on, on, Asked("tester", "test", "r-1"))


def _name(number: int) -> str:
    return f"acc-{number:06}"


def let_moves_end(url: str) -> None:
    """Let what was discovered be too little for the moves that stand."""
    engine = connect_engine(url)
    with engine.begin() as connection:
        numbers = {"found": '"employees":700', "too_few": '"employees":500'}
        connection.execute(text("UPDATE accounts SET move = replace(move, :found, :too_few)"), numbers)
    engine.dispose()


def command(url: str, stdout: Path = NOWHERE) -> Command:
    """``chalkline changeover``, under way."""
    environment = os.environ | {"CHALKLINE_DATABASE_URL": url}
    return Command("changeover", "--on", ON.isoformat(), environment=environment, stdout=stdout)


def moved_so_far(engine: Engine) -> int:
    """How many accounts the changeover has moved by now."""
    return moved_at(engine, ON)


def end_state(url: str) -> EndState:
    """What the record holds after a changeover."""
    digest = hashlib.sha256()
    accounts = moved = moved_again = broken = 0
    for account, history in groupby(_rows(url), key=lambda row: row[:4]):
        decisions = [row[4:] for row in history]
        account_id, stands_on, *standing = account
        chain = [None, *(decision[0] for decision in decisions)]
        digest.update(f"{account_id}|{standing[0]}|{standing[1]}\n".encode())
        for decision in decisions:
            digest.update("|".join(map(str, decision[2:])).encode())
        changeovers = sum(decision[2] == "changeover" for decision in decisions)
        accounts += 1
        moved += changeovers == 1
        moved_again += changeovers > 1
        broken += chain[-1] != stands_on or [decision[1] for decision in decisions] != chain[:-1]
    return EndState(digest=digest.hexdigest(), accounts=accounts, moved=moved, moved_again=moved_again, broken=broken)


def _rows(url: str) -> Iterator[tuple[Any, ...]]:
    engine = connect_engine(url)
    with engine.connect().execution_options(stream_results=True) as connection:
        for row in connection.execute(_HISTORIES):
            yield tuple(row)
    engine.dispose()
