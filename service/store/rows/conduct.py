"""Conduct matters to rows and back."""

from collections.abc import Iterable, Iterator
from typing import Any

from service.domain.account_ids import full_id
from service.domain.conduct import ConductMatter, RecordedMatter
from service.store.batch import Writes
from service.store.rows import Decoders, Insert, Row, decode_row, value_of
from service.store.tables.decisions import ConductMatterRow

MATTERS = f"SELECT {', '.join(ConductMatterRow.model_fields)} FROM conduct_matters WHERE account_id "  # noqa: S608 - our own names
"""The conduct matters of accounts; each database says in its own way of which. To be ordered by ``AS_REPORTED``."""
AS_REPORTED = " ORDER BY id"


def decode_matter(row: Any) -> RecordedMatter:  # noqa: ANN401 - a row of the table, however it was read
    """A matter. One of an earlier release names no rule and no day where it is a deduplication."""
    rule, day = row.rule or "ROUTE-5", row.occurred_on or row.recorded_at.date()
    return value_of(RecordedMatter, row, matter=value_of(ConductMatter, row, rule=rule, occurred_on=day))


def decode_matters(rows: Iterable[Row], decoders: Decoders) -> dict[str, list[RecordedMatter]]:
    """The matters of each account, from the rows of ``MATTERS`` in their order."""
    found: dict[str, list[RecordedMatter]] = {}
    for row in rows:
        matter = decode_matter(decode_row(ConductMatterRow, row, decoders))
        found.setdefault(full_id(matter.account_id), []).append(matter)
    return found


def _conduct(writes: Writes) -> Iterator[Row]:
    """The rows of conduct matters."""
    for recorded in writes.conduct:
        matter = recorded.matter
        about = (recorded.id, matter.kind, recorded.account_id, recorded.decision_id, matter.account_executive)
        details = (matter.rule, matter.reason, matter.occurred_on, matter.fiscal_year)
        yield (*about, recorded.actor, recorded.recorded_at, *details)


STATEMENTS = (Insert(ConductMatterRow, _conduct),)
"""What a batch writes of conduct."""
