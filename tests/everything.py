"""Loads the whole program, for the processes that are forked from one that has."""

import gc
import pkgutil
from contextlib import suppress
from importlib import import_module

import service
from service.domain.fy23 import fy23
from tests.bulk.once import ask_everything, put_into_sql_once

_OTHERS = ("spark", "__main__")
for module in pkgutil.walk_packages(service.__path__, "service."):
    if not module.name.endswith(_OTHERS):
        import_module(module.name)

# What libraries load when they are first used. PyArrow asks for pandas, which comes with Spark: half a second.
for name in ("pandas", "ibis.backends.duckdb", "pyarrow.dataset", "_strptime"):
    with suppress(ImportError):
        import_module(name)

put_into_sql_once()
ask_everything(fy23())
gc.freeze()
