"""The engines that decide tables, by name: each evaluates the same compiled policy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from service.bulk.facts import ROW
from service.domain.policy import Policy

_BY_NAME = {"duckdb": "duckdb", "polars": "ibis", "spark": "spark"}
_BY_ADDRESS = {"postgresql": "postgres", "spark": "spark"}
_PACKAGES = {"polars": "ibis-framework[polars] and polars", "spark": "pyspark"}
ENGINES = (
    "duckdb, polars, spark, spark:MASTER, spark://HOST:PORT, postgresql://USER:PASSWORD@HOST:PORT/NAME, or the address "
    "of another backend that Ibis knows"
)


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


@dataclass(frozen=True, slots=True)
class TableByTable:
    """An engine that decides one table after the other, each in whatever order it likes, with what it prepares once."""

    backend: BaseBackend
    prepare: Callable[[Policy], Callable[[pa.Table], pa.Table]]
    close: Callable[[], None]

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        decide_one = self.prepare(policy)
        for table in facts:
            yield decide_one(table).sort_by(ROW)


def open_engine(asked: str) -> Engine:
    """The engine of a name, or of an address.

    Raises:
        UnusableEngineError: there is no such engine, or what it needs is not installed or cannot be reached.
    """
    kind, colon, where = asked.partition(":")
    if not colon:
        name = _BY_NAME.get(kind)
    else:
        name = _BY_ADDRESS.get(kind, "ibis") if kind == "spark" or where.startswith("//") else None
    if name is None:
        raise UnusableEngineError(f"There is no such engine; it is {ENGINES}")
    keep_stages_apart()
    try:
        engine: Engine = import_module(f"service.bulk.engines.{name}").make_engine(asked)
    except ImportError as error:
        packages = _PACKAGES.get(kind, f"ibis-framework[{kind}]")
        raise UnusableEngineError(f"What the engine {kind} needs is not installed: {packages}") from error
    return engine


def keep_stages_apart() -> None:
    """Have Ibis keep the stages of a policy apart: folded into one another, each would repeat those before it."""
    ibis.options.sql.fuse_selects = False
