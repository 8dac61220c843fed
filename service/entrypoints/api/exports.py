"""Decisions as CSV and NDJSON, streamed: the whole result, in bounded memory."""

import csv
import io
from collections.abc import Iterator

from service.domain.decision import RecordedDecision
from service.domain.sentences import summary
from service.domain.spreadsheets import neutralised
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.views.encoding import to_json

CSV_COLUMNS = (
    "id",
    "recorded_at",
    "kind",
    "account_id",
    "account_name",
    "status",
    "segment",
    "team",
    "rule",
    "summary",
    "leading_source",
    "leading_employees",
    "missing_facts",
    "advice",
    "actions",
    "policy",
    "policy_version",
    "effective_on",
    "actor",
    "source",
    "request_id",
    "previous_decision_id",
    "review_id",
)


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
    decision = recorded.decision
    cells = (
        recorded.id,
        recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        recorded.kind,
        recorded.account_id,
        decision.facts.account.name,
        decision.status,
        decision.segment,
        decision.team,
        decision.rule,
        summary(decision, decision.policy),
        decision.basis,
        decision.leading_employees,
        ";".join(decision.missing_facts),
        ";".join(decision.advice),
        ";".join(decision.actions),
        decision.policy_id,
        decision.policy_version,
        decision.effective_on,
        recorded.actor,
        recorded.source,
        recorded.request_id,
        recorded.previous_decision_id,
        recorded.review_id,
    )
    return tuple("" if cell is None else str(cell) for cell in cells)
