"""What was decided about an account, one after the other, each with what had changed since the one before it."""

from typing import TypeAlias
from uuid import UUID

from service.domain.decision import RecordedDecision
from service.store.database import Database
from service.store.decisions import page_of_decisions
from service.store.filters import DecisionFilter
from service.usecases.changes import FactChange, find_changes
from service.usecases.standings import decisions_before

Entry: TypeAlias = tuple[RecordedDecision, tuple[FactChange, ...]]


def page_of_history(
    database: Database, account_id: str, wanted: DecisionFilter, *, limit: int, before: UUID | None = None
) -> list[Entry]:
    """At most ``limit`` decisions of an account, newest first; with ``before``, behind that one.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = page_of_decisions(database.engine, wanted, limit=limit, before=before)
    befores = decisions_before(database, found, known=found)
    pairs = ((befores[recorded.id], recorded) for recorded in found if recorded.id in befores)
    changes = find_changes(database, account_id, pairs)
    return [(recorded, changes.get(recorded.id, ())) for recorded in found]
