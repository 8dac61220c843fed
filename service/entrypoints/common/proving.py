"""A decision with the proof that it is in the ledger, for every door that gives one."""

from dataclasses import replace
from uuid import UUID

from service.domain.decision import RecordedDecision
from service.entrypoints.common.problems import ProblemError, known
from service.store.database import Readable
from service.store.decisions import find_decision
from service.store.ledger.reading import ProvedEntry, decision_subject, prove


def proved_decision(database: Readable, decision_id: UUID) -> tuple[RecordedDecision, ProvedEntry]:
    """A decision, and its proof by the newest checkpoint.

    Raises:
        ProblemError: there is none, or it is not sealed yet.
        StoreUnavailableError: the database cannot be reached.
    """
    recorded = known(find_decision(database.engine, decision_id), "decision", decision_id)
    proved = prove(database.engine, *decision_subject(decision_id))
    if proved is None:
        raise ProblemError("not_sealed", "It is recorded, and will be sealed in a moment")
    return replace(recorded, sequence=proved.told.sealed.number), proved  # sealed, maybe, since it was found
