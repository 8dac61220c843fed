"""Handoffs to rows and back: their terms, their steps, and what lists ask for."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from service.domain.handoff.state import HandoffTerms, fold
from service.domain.handoff.steps import step_from_json, step_to_json
from service.store.recording import RecordedHandoff, Writes
from service.store.rows.decoders import Decoders
from service.store.tables.decisions import HandoffRow, HandoffStepRow

HANDOFF_COLUMNS = tuple(HandoffRow.model_fields)
STANDING_COLUMNS = ("status", "receiver", "two_way_on")
"""What a step changes of where a handoff stands."""
STEP_COLUMNS = tuple(HandoffStepRow.model_fields)

HANDOFFS = """
SELECT h.account_id, h.terms, h.started_by, h.started_at, h.started_decision_id, s.step, s.decision_id
FROM handoffs h LEFT JOIN handoff_steps s ON s.handoff_id = h.id
WHERE h.account_id
"""
"""The handoffs of accounts with their steps; to be ordered by ``IN_THEIR_ORDER``."""
IN_THEIR_ORDER = " ORDER BY h.id, s.id"


def new_handoff_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """The rows of handoffs that a batch starts, in the order of ``HANDOFF_COLUMNS``."""
    for started in writes.started:
        handoff, terms = started.handoff, started.handoff.terms
        stands = (handoff.status, handoff.receiver, terms.due_on, handoff.two_way_on)
        told = (terms.model_dump_json(), started.started_by, started.started_at, started.decision_ids[0])
        yield (terms.id, terms.account_id, terms.opportunity_id, *stands, *told)


def step_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """The rows of handoffs' steps, in the order of ``STEP_COLUMNS``."""
    for taken in writes.steps:
        yield (taken.id, taken.after.terms.id, step_to_json(taken.step), taken.request_id, taken.decision_id)


def changed_handoff_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """What changes of handoffs with each step, in the order of ``STANDING_COLUMNS``, and the id."""
    for taken in writes.steps:
        after = taken.after
        yield (after.status, after.receiver, after.two_way_on, after.terms.id)


def _of_the_handoff(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(row)[:5]


def decode_handoffs(rows: Iterable[tuple[Any, ...]], decoders: Decoders) -> dict[str, tuple[RecordedHandoff, ...]]:
    """The handoffs of each account, from the rows of ``HANDOFFS`` in their order."""
    found: dict[str, list[RecordedHandoff]] = {}
    for (account_id, terms, by, at, decision_id), taken in groupby(rows, key=_of_the_handoff):
        steps = [(step, led_to) for *_, step, led_to in taken if step is not None]
        decision_ids = (decision_id, *(led_to for _, led_to in steps if led_to is not None))
        found.setdefault(account_id, []).append(
            decode_handoff(
                terms,
                (step for step, _ in steps),
                started_by=by,
                started_at=decoders.instant(at),
                decision_ids=tuple(map(decoders.identifier, decision_ids)),
            )
        )
    return {account_id: tuple(handoffs) for account_id, handoffs in found.items()}


def decode_handoff(
    terms: str, steps: Iterable[str], *, started_by: str, started_at: datetime, decision_ids: tuple[UUID, ...]
) -> RecordedHandoff:
    """A handoff from what is kept of it: its terms, and its steps in order."""
    taken = tuple(map(step_from_json, steps))
    return RecordedHandoff(
        handoff=fold(HandoffTerms.model_validate_json(terms), taken),
        steps=taken,
        started_by=started_by,
        started_at=started_at,
        decision_ids=decision_ids,
    )
