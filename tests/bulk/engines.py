"""The engines that are installed here. One that is not is skipped by name, but in continuous integration fails."""

import os
from collections.abc import Iterator
from functools import cache

import pytest

from service.bulk.engines.open import Engine, UnusableEngineError, open_engine
from tests.prerequisites import NoJavaError, find_java, skip

EMBEDDED = ("duckdb", "polars")
BY_IBIS = "duckdb://"
NAMES = (*EMBEDDED, BY_IBIS, "postgresql", "spark")
_SHORT_LIVED = "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell"
"""For a Java that ends before it would gain by what it compiles a second time."""


def opened(name: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    try:
        if name == "spark":
            yield _spark()
        elif name == "postgresql":
            with request.getfixturevalue("postgres").fresh() as url:
                yield from _closing(open_engine(url))
        else:
            yield from _closing(open_engine(name))
    except (UnusableEngineError, NoJavaError) as error:
        skip(f"the engine {name}", error)


@cache
def _spark() -> Engine:
    """It ends with the process: to start another takes seconds."""
    os.environ |= {"JAVA_HOME": str(find_java().home), "PYSPARK_SUBMIT_ARGS": _SHORT_LIVED}
    return open_engine("spark")


def _closing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.close()
