"""Decisions as CSV and NDJSON, streamed: the whole result, in bounded memory."""

import csv
import io
from collections.abc import Callable, Iterator

from service.domain.decision import RecordedDecision
from service.domain.sentences import summary
from service.domain.spreadsheets import neutralised
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.views.encoding import to_json

_CELLS: dict[str, Callable[[RecordedDecision], object]] = {
    "id": lambda recorded: recorded.id,
    "recorded_at": lambda recorded: recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "kind": lambda recorded: recorded.kind,
    "account_id": lambda recorded: recorded.account_id,
    "account_name": lambda recorded: recorded.decision.facts.account.name,
    "status": lambda recorded: recorded.decision.status,
    "segment": lambda recorded: recorded.decision.segment,
    "team": lambda recorded: recorded.decision.team,
    "rule": lambda recorded: recorded.decision.rule,
    "summary": lambda recorded: summary(recorded.decision, recorded.decision.policy),
    "leading_source": lambda recorded: recorded.decision.basis,
    "leading_employees": lambda recorded: recorded.decision.leading_employees,
    "missing_facts": lambda recorded: ";".join(recorded.decision.missing_facts),
    "advice": lambda recorded: ";".join(recorded.decision.advice),
    "actions": lambda recorded: ";".join(recorded.decision.actions),
    "policy": lambda recorded: recorded.decision.policy_id,
    "policy_version": lambda recorded: recorded.decision.policy_version,
    "effective_on": lambda recorded: recorded.decision.effective_on,
    "actor": lambda recorded: recorded.actor,
    "source": lambda recorded: recorded.source,
    "request_id": lambda recorded: recorded.request_id,
    "previous_decision_id": lambda recorded: recorded.previous_decision_id,
    "review_id": lambda recorded: recorded.review_id,
}
CSV_COLUMNS = tuple(_CELLS)


def as_ndjson(chunks: Iterator[list[RecordedDecision]]) -> Iterator[bytes]:
    """One Decision a line."""
    for chunk in chunks:
        yield b"".join(to_json(render_decision(recorded)) + b"\n" for recorded in chunk)


def as_csv(chunks: Iterator[list[RecordedDecision]]) -> Iterator[bytes]:
    """One decision a row, under a header, as RFC 4180 says."""
    yield _csv([CSV_COLUMNS])
    for chunk in chunks:
        yield _csv(map(_row, chunk))


def _csv(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([neutralised(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _row(recorded: RecordedDecision) -> tuple[str, ...]:
    cells = (cell(recorded) for cell in _CELLS.values())
    return tuple("" if cell is None else str(cell) for cell in cells)
