"""Count what was decided of a table, a block at a time."""

import pyarrow as pa

from service.bulk.columns import BESIDE, MISSING, SEPARATOR, STATUS, TEAM
from service.domain.rows import Group, Summary
from service.domain.vocabulary import segment

_COUNTED = (TEAM, segment.name, BESIDE[0], STATUS, MISSING)


def count_decisions(summary: Summary, decisions: pa.Table) -> None:
    """Add the decisions of a block, in the columns of ``decisions`` and those beside them."""
    grouped = decisions.group_by(list(_COUNTED), use_threads=False).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        team, placed, region, status, missing = (row[name] for name in _COUNTED)
        facts = tuple(missing.split(SEPARATOR)) if missing else ()
        summary.groups[Group(team, placed, region, status, facts)] += row["count_all"]
