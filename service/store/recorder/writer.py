"""What a batch writer promises, whichever database it writes to, and the statements that both have in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from service.store.facets import FACET_COLUMNS
from service.store.inbox import RecordName
from service.store.programs import PROGRAM_COLUMNS, new_programs
from service.store.recorder.plan import JobResult
from service.store.recording import CallerKey, Loaded, Writes
from service.store.rows.decisions import (
    ACCOUNT_COLUMNS,
    CONDUCT_COLUMNS,
    IDEMPOTENCY_COLUMNS,
    RESOLUTION_COLUMNS,
    REVIEW_COLUMNS,
    changed_review_values,
    conduct_values,
    idempotency_values,
    new_facets,
    new_review_values,
)
from service.store.rows.events import (
    EVENT_COLUMNS,
    PAYLOAD_COLUMNS,
    RECORD_COLUMNS,
    SETTLED_COLUMNS,
    event_values,
    payload_values,
    record_values,
    settled_values,
)
from service.store.rows.handoffs import (
    HANDOFF_COLUMNS,
    STANDING_COLUMNS,
    STEP_COLUMNS,
    changed_handoff_values,
    new_handoff_values,
    step_values,
)

Plan: TypeAlias = Callable[[Loaded], tuple[Writes, list[JobResult]]]
"""Decides a batch on what was loaded. Called between the reads and the writes of one transaction."""
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What a batch must have read, and locked, before it decides; each in the order of its locks."""

    account_ids: list[str]
    keys: list[CallerKey]
    records: list[RecordName]
    event_keys: list[str]
    whole: list[str]
    """The accounts whose newest decision and handoffs are wanted too."""
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


@dataclass(frozen=True, slots=True)
class Insert:
    """The values of new rows, in the order of the columns; ``conflict`` says what becomes of one that is there."""

    table: str
    columns: tuple[str, ...]
    values: Callable[[Writes], Iterable[Row]]
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """The new values of columns, each followed by the ``id`` of its row."""

    table: str
    columns: tuple[str, ...]
    values: Callable[[Writes], Iterable[Row]]


SHARED = {"facets": FACET_COLUMNS, "programs": PROGRAM_COLUMNS}
"""The tables of what many decisions share, with their columns: the first names a row."""


class SharedRows:
    """The facets and programs that a writer knows to be there; it adds the others before its decisions are durable."""

    def __init__(self) -> None:
        self._known: set[int | str] = set()

    def new(self, writes: Writes) -> dict[str, list[Row]]:
        """The rows that are not known to be there, by their table."""
        return {"facets": new_facets(writes, self._known), "programs": new_programs(writes, self._known)}

    def keep(self, rows: dict[str, list[Row]]) -> None:
        """Know rows, which are durable now."""
        self._known.update(name for each in rows.values() for name, *_ in each)


STAND_ANEW = (
    f"ON CONFLICT (account_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in ACCOUNT_COLUMNS[1:])}"
)
"""What becomes of an account that has stood on another decision before."""

_STATEMENTS: tuple[Insert | Update, ...] = (
    Insert("events", EVENT_COLUMNS, event_values),
    Insert(
        "crm_records",
        RECORD_COLUMNS,
        record_values,
        "ON CONFLICT (kind, record_id) DO UPDATE SET known = excluded.known, changed_at = excluded.changed_at",
    ),
    Insert("reviews", REVIEW_COLUMNS, new_review_values),
    Update("reviews", RESOLUTION_COLUMNS, changed_review_values),
    Insert("conduct_matters", CONDUCT_COLUMNS, conduct_values),
    Insert("payloads", PAYLOAD_COLUMNS, payload_values),
    Update("events", SETTLED_COLUMNS, settled_values),
    Insert("handoffs", HANDOFF_COLUMNS, new_handoff_values),
    Insert("handoff_steps", STEP_COLUMNS, step_values),
    Update("handoffs", STANDING_COLUMNS, changed_handoff_values),
    Insert("idempotency_keys", IDEMPOTENCY_COLUMNS, idempotency_values),
)
"""What a batch writes in this order, behind its decisions."""


def spell_statements(
    insert: Callable[[str, tuple[str, ...], str], str], update: Callable[[str, tuple[str, ...]], str]
) -> list[tuple[Insert | Update, str]]:
    """The statements, each as a database spells it."""
    return [
        (
            statement,
            insert(statement.table, statement.columns, statement.conflict)
            if isinstance(statement, Insert)
            else update(statement.table, statement.columns),
        )
        for statement in _STATEMENTS
    ]
