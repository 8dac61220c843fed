"""What the figures were measured on, and with."""

import os
import platform
import statistics
from collections.abc import Iterable
from importlib.metadata import version

import pysqlite3.dbapi2 as sqlite

_LIBRARIES = ("fastapi", "pydantic", "sqlmodel", "sqlalchemy", "asyncpg", "psycopg", "uvicorn", "uvloop", "orjson")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> str:
    """The machine and the versions, in a few lines."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{cores()} cores ({platform.machine()}, {platform.system()}), load average {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}\n{libraries}"
    )


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)
