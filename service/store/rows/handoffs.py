"""Handoffs to rows and back: their terms, their steps, and what lists ask for."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import HandoffTerms, apply
from service.domain.handoff.state import started as at_start
from service.domain.handoff.steps import step_from_json, step_to_json
from service.store.batch import Writes
from service.store.rows import Decoders, Insert, Row, Update
from service.store.tables.decisions import HandoffRow, HandoffStepRow

_STANDING = ("status", "receiver", "two_way_on", "named_ae")
"""What a step changes of where a handoff stands."""

HANDOFFS = """
SELECT h.terms, h.started_by, h.started_at, h.started_decision_id, s.step, s.decision_id, d.effective_on
FROM handoffs h LEFT JOIN handoff_steps s ON s.handoff_id = h.id LEFT JOIN decisions d ON d.id = s.decision_id
WHERE h.account_id
"""
"""The handoffs of accounts with their steps; to be ordered by ``IN_THEIR_ORDER``."""
IN_THEIR_ORDER = " ORDER BY h.id, s.id"


def _started(writes: Writes) -> Iterator[Row]:
    """The rows of handoffs that a batch starts."""
    for started in writes.started:
        handoff, terms = started.handoff, started.handoff.terms
        stands = (handoff.status, handoff.receiver, terms.due_on, handoff.two_way_on)
        told = (terms.model_dump_json(), started.started_by, started.started_at, started.decision_ids[0])
        executives = (terms.first_order_ae, handoff.named_ae)
        yield (terms.id, terms.account_id, terms.opportunity_id, *stands, *told, None, *executives)


def _steps(writes: Writes) -> Iterator[Row]:
    """The rows of handoffs' steps."""
    for taken in writes.steps:
        yield (taken.id, taken.after.terms.id, step_to_json(taken.step), taken.request_id, taken.decision_id)


def _stands(writes: Writes) -> Iterator[Row]:
    """What changes of handoffs with each step, in the order of ``_STANDING``, and the id."""
    for taken in writes.steps:
        after = taken.after
        yield (after.status, after.receiver, after.two_way_on, after.named_ae, after.terms.id)


def _of_the_handoff(row: Row) -> Row:
    return tuple(row)[:4]


def decode_handoffs(rows: Iterable[Row]) -> Iterator[RecordedHandoff]:
    """Handoffs, each from a row for each of its steps, in order, or from one without a step.

    A row has the terms, who started the handoff, when and on which decision; then the step, with the decision that it
    led to and the day of that.
    """
    for (terms, started_by, started_at, first), taken in groupby(rows, key=_of_the_handoff):
        recorded = RecordedHandoff(
            handoff=at_start(HandoffTerms.model_validate_json(terms)),
            steps=(),
            started_by=started_by,
            started_at=started_at,
            decision_ids=(first,),
        )
        for text, decision_id, day in (row[4:] for row in taken if row[4] is not None):
            step = step_from_json(text)
            recorded = recorded.after(step, apply(recorded.handoff, step), decision_id, day)
        yield recorded


def decode_handoffs_of_accounts(rows: Iterable[Row], decoders: Decoders) -> dict[str, tuple[RecordedHandoff, ...]]:
    """The handoffs of each account, from the rows of ``HANDOFFS`` in their order."""
    decoded = (
        (*kept, decoders.instant(at), decoders.identifier(first), step, *_led_to(decision_id, day, decoders))
        for *kept, at, first, step, decision_id, day in rows
    )
    found: dict[str, tuple[RecordedHandoff, ...]] = {}
    for each in decode_handoffs(decoded):
        account_id = each.handoff.terms.account_id
        found[account_id] = (*found.get(account_id, ()), each)
    return found


def _led_to(decision_id: Any, day: Any, decoders: Decoders) -> Row:  # noqa: ANN401 - in a database's own forms
    return (None, None) if decision_id is None else (decoders.identifier(decision_id), decoders.day(day))


STATEMENTS = (Insert(HandoffRow, _started), Insert(HandoffStepRow, _steps), Update(HandoffRow, _STANDING, _stands))
"""What a batch writes of handoffs."""
