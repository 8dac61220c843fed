"""What a batch writer promises, whichever database it writes to, and the statements that both have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias

from service.store.batch import Loaded, Writes
from service.store.facets import FACET_COLUMNS
from service.store.inbox import RecordName
from service.store.once import CallerKey
from service.store.programs import PROGRAM_COLUMNS, new_programs
from service.store.recorder.plan import JobResult
from service.store.rows import Insert, Row, Update, accounts, conduct, decisions, events, handoffs, notices, reviews

Plan: TypeAlias = Callable[[Loaded], tuple[Writes, list[JobResult]]]
"""Decides a batch on what was loaded. Called between the reads and the writes of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What a batch must have read before it decides, and locked as far as no other process holds it."""

    account_ids: list[str]
    keys: list[CallerKey]
    records: list[RecordName]
    event_keys: list[str]
    whole: list[str]
    """The accounts of which the decision that stands and the handoffs are wanted too."""
    days: list[tuple[str, date]]
    """Accounts with days: what stood on each is wanted where the account stands on a later one."""
    accused: list[str]
    """The accounts of which the conduct matters are wanted."""
    disputed: list[str]
    """The accounts of which it is wanted where disputes stand."""
    proof: bool = False
    """Write something in any case, to see that it can be done."""


class BatchWriter(Protocol):
    """Carries out one batch at a time: lock, load, plan, write, commit, all or nothing."""

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """Give back the results of the plan once everything it writes is durable.

        Raises:
            StoreUnavailableError: the database could not be reached, or went away. Whether a commit that was under
                way took effect is then not known; nothing is half-written either way.
        """

    async def close(self) -> None:
        """Let go of the database."""


SHARED = {"facets": FACET_COLUMNS, "programs": PROGRAM_COLUMNS}
"""The tables of what many decisions share, with their columns: the first names a row."""


class SharedRows:
    """The facets and programs that a writer knows to be there; it adds the others before its decisions are durable."""

    def __init__(self) -> None:
        self._known: set[int | str] = set()

    def new(self, writes: Writes) -> dict[str, list[Row]]:
        """The rows that are not known to be there, by their table."""
        return {"facets": decisions.new_facets(writes, self._known), "programs": new_programs(writes, self._known)}

    def keep(self, rows: dict[str, list[Row]]) -> None:
        """Know rows, which are durable now."""
        self._known.update(name for each in rows.values() for name, *_ in each)


STAND_ANEW = (
    "ON CONFLICT (account_id) DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name in accounts.ACCOUNT_COLUMNS[1:])}"
)
"""What becomes of an account that has stood on another decision before."""


def spell_statements(
    insert: Callable[[str, tuple[str, ...], str], str], update: Callable[[str, tuple[str, ...]], str]
) -> list[tuple[Insert | Update, str]]:
    """What a batch writes behind its decisions, in this order, each statement as a database spells it."""
    return [
        (
            statement,
            insert(str(statement.table.__tablename__), tuple(statement.table.model_fields), statement.conflict)
            if isinstance(statement, Insert)
            else update(str(statement.table.__tablename__), statement.columns),
        )
        for part in (events, reviews, decisions, conduct, handoffs, notices)
        for statement in part.STATEMENTS
    ]
