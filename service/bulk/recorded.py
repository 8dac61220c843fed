"""The facts of recorded decisions by the block, as the table that clauses read."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import reduce

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.columns import NAME
from service.bulk.facts import ACCOUNT_ID, FACTS, LEFT_OUT, ON_RECORD, ROW, facts_query
from service.domain.account_ids import full_user_id

OWNER, OF_THE_RECORD = "owner_id", "of_the_record"
_STATED = pa.schema([(ROW, pa.int64()), (ACCOUNT_ID, pa.string()), ("facts", pa.string())])
_BESIDE = (
    f"facts ->> '$.account.name' AS {NAME}",
    f"facts ->> '$.account.owner_id' AS {OWNER}",
    f"(stated.{ON_RECORD} IS NOT NULL OR stated.vp_decision IS NOT NULL) AS {OF_THE_RECORD}",
)


def recorded_facts(blocks: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The table of facts that decisions rest on, given as JSON, of each block of accounts.

    Beside it are the name and the owner of each account, and, as ``OF_THE_RECORD``, of which of them a table of facts
    cannot tell all.
    """
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("SET enable_progress_bar = false")
        for account_ids, facts in blocks:
            columns = (pa.array(range(len(facts))), pa.array(account_ids, pa.string()), pa.array(facts, pa.string()))
            connection.register("block", pa.table(columns, schema=_STATED))
            found = connection.sql(f"{facts_query('block', _BESIDE)} ORDER BY {ROW}").to_arrow_table()
            yield found.select(FACTS.names).cast(FACTS), _beside(found)


def _beside(found: pa.Table) -> pa.Table:
    odd = reduce(pc.or_, (found[name] for name in (OF_THE_RECORD, *LEFT_OUT)))
    owners = [owner and full_user_id(owner) for owner in found[OWNER].to_pylist()]
    return pa.table({NAME: found[NAME], OWNER: pa.array(owners, pa.string()), OF_THE_RECORD: odd})
