"""The engines that decide tables, by name: each evaluates the same compiled policy."""

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol

import ibis
import pyarrow as pa

from service.domain.policy import Policy

# The stages of the compiled policy stay apart. Folded into one another, each would repeat those before it.
ibis.options.sql.fuse_selects = False

_MODULES = {
    "duckdb": "duckdb_engine",
    "polars": "polars_engine",
    "postgresql": "postgres_engine",
    "spark": "spark_engine",
}
ENGINES = "duckdb, polars, spark, or postgresql://USER:PASSWORD@HOST:PORT/NAME"


class UnusableEngineError(ValueError):
    """An engine that is not known, or cannot be had here. The message is a sentence for the person who asked."""


class Engine(Protocol):
    """Decides the rows of tables."""

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """The decisions on tables of ``FACTS``, in their order: the columns of ``decisions``.

        Whatever the iterator of facts raises is raised here.
        """

    def close(self) -> None:
        """Let go of what the engine holds."""


def open_engine(asked: str) -> Engine:
    """The engine of a name, or of the address of a PostgreSQL database.

    Raises:
        UnusableEngineError: there is no such engine, or what it needs is not installed or cannot be reached.
    """
    kind = asked.partition("://")[0]
    if kind not in _MODULES or ("://" in asked) != (kind == "postgresql"):
        raise UnusableEngineError(f"There is no such engine; it is {ENGINES}")
    try:
        module = import_module(f"service.bulk.{_MODULES[kind]}")
    except ImportError as error:
        raise UnusableEngineError(f"The engine {kind} is not installed: {error.name or error} is missing") from error
    engine: Engine = module.opened(asked)
    return engine
