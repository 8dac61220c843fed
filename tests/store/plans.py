"""The plans of the statements that an engine sends, and what is wrong with them: reading, or sorting, everything."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

FEW = 500
"""As many decisions as may be sorted: those of one account, or those of one page, which are named one by one."""


def plan_faults(engine: Engine, ask: Callable[[], object], table: str = "decisions") -> list[str]:
    """What is wrong with the plans of the queries of a table that ``ask`` sends, a sentence each."""
    return [
        fault
        for statement, parameters in _queries(engine, ask)
        for fault in _faults(engine, statement, parameters, table)
    ]


def indexes_read(engine: Engine, ask: Callable[[], object]) -> list[set[str]]:
    """The indexes that each of the queries reads by which ``ask`` sends."""
    return [_indexes(engine, statement, parameters) for statement, parameters in _queries(engine, ask)]


def _queries(engine: Engine, ask: Callable[[], object]) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:  # noqa: ANN401 - as the driver takes them
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sent
    return [(statement, parameters) for statement, parameters in sent if statement.startswith("SELECT")]


def _indexes(engine: Engine, statement: str, parameters: Any) -> set[str]:  # noqa: ANN401 - as above
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        told = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
    return set(re.findall(r"(?:INDEX|Index Scan using|Index Only Scan using|Index Scan on) (\w+)", told))


def _faults(engine: Engine, statement: str, parameters: Any, table: str) -> list[str]:  # noqa: ANN401 - as above
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return faults_of_sqlite([row[3] for row in found], table)
        explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        return faults_of_postgres(explained[0]["Plan"], table)


def faults_of_sqlite(steps: list[str], table: str = "decisions") -> list[str]:
    """What is wrong with the steps of ``EXPLAIN QUERY PLAN``."""
    return [step for step in steps if re.fullmatch(f"SCAN {table}", step) or "TEMP B-TREE" in step]


def faults_of_postgres(node: dict[str, Any], table: str = "decisions", *, sorting: bool = False) -> list[str]:
    """What is wrong with a node of ``EXPLAIN (FORMAT JSON)``, and with those below it.

    ``sorting``: what the node reads is sorted above it, without a limit in between; a few decisions may be.
    """
    kind, faults = node["Node Type"], []
    if node.get("Relation Name") == table:
        if kind == "Seq Scan":
            faults.append(f"Seq Scan on {table}")
        if sorting and node["Plan Rows"] > FEW:
            faults.append(f"{kind} on {table}, {node['Plan Rows']} rows of which are sorted")
    below = "Sort" in kind or (sorting and kind != "Limit")
    return faults + [
        fault for child in node.get("Plans", ()) for fault in faults_of_postgres(child, table, sorting=below)
    ]
