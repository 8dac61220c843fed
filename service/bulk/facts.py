"""The table of facts that a program is compiled over: one row an account, a column for each fact that is stated.

Nothing is derived here: what a program makes of the facts, it makes of them in the table.
"""

from collections.abc import Iterable

import orjson
import pyarrow as pa

from service.domain import vocabulary
from service.domain.facts import Facts
from service.domain.terms import Motion, Source
from service.domain.values import stated_values
from service.domain.vocabulary import PRIMARY_SOURCES, apart_from, count_of, marked

ROW = "row"
"""Where the row stands in what it was read from."""
ACCOUNT_ID = "account_id"
"""Whose facts they are."""

_TEXTS = ("region", "crm_segment", "motion", "current_team", "vp_segment")
_FLAGS = ("customer", "first_order_available", "key_account", vocabulary.THIRD_PARTIES_NAMED)
_KNOWN_FLAGS = (vocabulary.third_parties_counted.name, vocabulary.handed_over.name)
_NUMBERS = ("family_count", "lam_dev_count", "linkedin_engineering_it", "third_party_employees")
FACTS = pa.schema(
    [
        (ROW, pa.int64()),
        (ACCOUNT_ID, pa.string()),
        *((name, pa.string()) for name in _TEXTS),
        (vocabulary.crm_created_on.name, pa.date32()),
        *((name, pa.bool_()) for name in (*_FLAGS, *_KNOWN_FLAGS)),
        *((name, pa.int64()) for name in _NUMBERS),
        *((count_of(source).name, pa.int64()) for source in PRIMARY_SOURCES),
        *((marked(source).name, pa.bool_()) for source in PRIMARY_SOURCES),
        *((apart_from(source).name, pa.bool_()) for source in PRIMARY_SOURCES[1:]),
    ]
)


def table_of(facts: Iterable[tuple[int, Facts]]) -> pa.Table:
    """The table of the facts of some accounts, each with its row. Moves and triggers have no place in it."""
    rows = [stated_values(each) | {ROW: row, ACCOUNT_ID: each.account.id} for row, each in facts]
    return pa.table(
        {field.name: pa.array([stated[field.name] for stated in rows], field.type) for field in FACTS}, schema=FACTS
    )


ON_RECORD, MOVE, TRIGGER, RANGED = "on_record", "move", "occasion", "ranged"
"""Whether a move stands on the account, there is a trigger, or a count is a range: the table knows no more of them."""
LEFT_OUT = (MOVE, TRIGGER, RANGED)
"""What the table leaves out."""
_OF_THE_ACCOUNT = {
    **dict.fromkeys(("region", "crm_segment", "current_team"), "VARCHAR"),
    "crm_created_on": "DATE",
    **dict.fromkeys(("customer", "first_order_available", "key_account"), "BOOLEAN"),
    **dict.fromkeys(("max_family_employees", "lam_dev_count", "linkedin_engineering_it"), "BIGINT"),
}
_STRUCTURE = {
    "account": _OF_THE_ACCOUNT,
    "employee_counts": [{"source": "VARCHAR", "employees": "BIGINT", "wholly_wrong": "BOOLEAN"}],
    "motion": "VARCHAR",
    "vp_decision": {"segment": "VARCHAR"},
    MOVE: {"moved_to": "VARCHAR"},
    ON_RECORD: {"team": "VARCHAR", "handed_over": "BOOLEAN"},
    TRIGGER: {"kind": "VARCHAR"},
}
_MAY_BE_RANGES = ("employees", "lam_dev_count", "linkedin_engineering_it")
"""The ends of the names of counts."""


def facts_query(relation: str, beside: tuple[str, ...]) -> str:
    """The query, in DuckDB's words, for the columns of ``FACTS``, those of ``LEFT_OUT`` and those ``beside``.

    ``relation`` has the columns ``row``, ``account_id``, ``facts``, and those beside. The facts are recorded ones, as
    JSON: they were checked when they were recorded, so nothing of them is checked again.
    """
    stated = {
        **{name: name for name in (ROW, ACCOUNT_ID)},
        **{name: f"stated.account.{name}" for name in _OF_THE_ACCOUNT},
        # As ``service.domain.values`` has it.
        "current_team": f"coalesce(stated.account.current_team, stated.{ON_RECORD}.team, stated.{MOVE}.moved_to)",
        "handed_over": f"coalesce(stated.{ON_RECORD}.handed_over, false)",
        "family_count": "stated.account.max_family_employees",
        "motion": f"coalesce(stated.motion, '{Motion.EXISTING}')",
        "vp_segment": "stated.vp_decision.segment",
        "third_parties_named": f"coalesce(len(list_filter({_counts_of(Source.THIRD_PARTY)})) > 0, false)",
        "third_parties_counted": f"coalesce(len(list_filter({_counts_of(Source.THIRD_PARTY, _COUNTED)})) > 0, false)",
        "third_party_employees": f"list_filter({_counts_of(Source.THIRD_PARTY, _STANDS)})[1].employees",
        **{count_of(source).name: f"{source}.employees" for source in PRIMARY_SOURCES},
        **{marked(source).name: f"coalesce({source}.wholly_wrong, false)" for source in PRIMARY_SOURCES},
        **{apart_from(source).name: "false" for source in PRIMARY_SOURCES[1:]},
    }
    columns = [f'{stated[field.name]} AS "{field.name}"' for field in FACTS]
    columns += [f"stated.{name} IS NOT NULL AS {name}" for name in (MOVE, TRIGGER)]
    # A range is text, where a number is none; within text a quotation mark stands behind a backslash.
    texts = (f"contains(facts, '{name}\":\"')" for name in _MAY_BE_RANGES)
    columns.append(f"({' OR '.join(texts)}) AS {RANGED}")
    first = ", ".join(f"list_filter({_counts_of(source)})[1] AS {source}" for source in PRIMARY_SOURCES)
    return f"""
        SELECT {", ".join([*columns, *beside])}
        FROM (
            SELECT *, {first}
            FROM (
                SELECT *, from_json(facts, '{orjson.dumps(_STRUCTURE).decode()}') AS stated
                FROM {relation}
            )
        )
    """  # noqa: S608 - our own names


_COUNTED = "AND c.employees > 0"
_STANDS = f"{_COUNTED} AND NOT coalesce(c.wholly_wrong, false)"


def _counts_of(source: Source, standing: str = "") -> str:
    return f"stated.employee_counts, lambda c: c.source = '{source}' {standing}"
