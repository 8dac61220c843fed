"""The facts of recorded decisions by the block, as the table that clauses read."""

from collections.abc import Sequence
from contextlib import closing

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


def recorded_facts(account_ids: Sequence[str], facts: Sequence[str]) -> tuple[pa.Table, pa.Table]:
    """The table of facts that decisions rest on, given as JSON, and beside it the name and the owner of each account.

    There it says too, as ``OF_THE_RECORD``, of which a table of facts cannot tell all.
    """
    block = pa.table([pa.array(range(len(facts))), pa.array(account_ids), pa.array(facts)], schema=_STATED)
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("block", block)
        found = connection.sql(f"{facts_query('block', _BESIDE)} ORDER BY {ROW}").to_arrow_table()
    told = [OF_THE_RECORD, *LEFT_OUT]
    odd = found[told[0]]
    for name in told[1:]:
        odd = pc.or_(odd, found[name])
    owners = [owner and full_user_id(owner) for owner in found[OWNER].to_pylist()]
    beside = {NAME: found[NAME], OWNER: pa.array(owners, pa.string()), OF_THE_RECORD: odd}
    return found.select(FACTS.names).cast(FACTS), pa.table(beside)
