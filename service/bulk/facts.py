"""The table of facts that a policy is compiled over: one row an account, a column for each fact that clauses read.

The columns are those of ``known_values``, so that a clause finds its fact under the name that it has everywhere.
"""

from collections.abc import Iterable

import pyarrow as pa

from service.domain import vocabulary
from service.domain.facts import Facts
from service.domain.segmentation import first_third_party_employees, known_values

ROW = "row"
"""Where the row stands in what it was read from."""
ACCOUNT_ID, CURRENT_TEAM, THIRD_PARTY_EMPLOYEES = "account_id", "current_team", "third_party_employees"
"""What no clause reads: whose facts they are, who owns the account now, and the third-party count that stands."""

_FLAGS = (vocabulary.customer, vocabulary.first_order_available, vocabulary.key_account, vocabulary.counts_given)
_NUMBERS = (
    vocabulary.max_family_employees,
    vocabulary.lam_dev_count,
    vocabulary.linkedin_engineering_it,
    vocabulary.linkedin_verifying_employees,
)
_TEXTS = (vocabulary.region, vocabulary.crm_segment, vocabulary.motion, vocabulary.vp_segment)

FACTS = pa.schema(
    [
        (ROW, pa.int64()),
        (ACCOUNT_ID, pa.string()),
        *((fact.name, pa.string()) for fact in _TEXTS),
        (CURRENT_TEAM, pa.string()),
        (vocabulary.crm_created_on.name, pa.date32()),
        *((fact.name, pa.bool_()) for fact in _FLAGS),
        *((fact.name, pa.int64()) for fact in _NUMBERS),
        (THIRD_PARTY_EMPLOYEES, pa.int64()),
        *((vocabulary.employees_of(source).name, pa.int64()) for source in vocabulary.PRIMARY_SOURCES),
        *((vocabulary.wholly_wrong(source).name, pa.bool_()) for source in vocabulary.PRIMARY_SOURCES),
    ]
)


def table_of(facts: Iterable[tuple[int, Facts]]) -> pa.Table:
    """The table of the facts of some accounts, each with its row. Moves and occasions have no place in it."""
    rows = [
        known_values(each)
        | {
            ROW: row,
            ACCOUNT_ID: each.account.id,
            CURRENT_TEAM: each.account.current_team,
            THIRD_PARTY_EMPLOYEES: first_third_party_employees(each.employee_counts),
        }
        for row, each in facts
    ]
    return pa.table(
        {field.name: pa.array([known[field.name] for known in rows], field.type) for field in FACTS}, schema=FACTS
    )
