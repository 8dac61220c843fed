import gc
import os
from collections.abc import Iterator
from itertools import chain, groupby, islice

import pytest
from hypothesis import settings

from tests.databases import PostgresDatabases, SqliteDatabases, folder_for_a_while, postgres_databases
from tests.prerequisites import INCOMPLETE, NOT_TESTED, or_skipped
from tests.programs import found_in

# A busy machine is no fault of the code: how long a test may take is for benchmarks to tell.
settings.register_profile("unhurried", deadline=None, max_examples=30)
settings.load_profile("unhurried")

# As the service has it: a collector that looks through all that was loaded takes a tenth of the time.
gc.disable()
gc.set_threshold(20_000)


# Whoever runs the tests may have a database of their own here, with policies of its own: no command is to find it.
NOWHERE = "sqlite:////nonexistent/chalkline.db"
os.environ["CHALKLINE_DATABASE_URL"] = NOWHERE

# Tests send nothing out, and a client of theirs need not read every authority that the machine trusts.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = "/nonexistent"


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    with folder_for_a_while() as folder:
        yield SqliteDatabases(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    with or_skipped(postgres_databases(durable=False)) as databases:
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database of each kind."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def linted_once() -> Iterator[None]:
    """What is odd in a program is found once, however many databases it is kept in: that takes a second."""
    with pytest.MonkeyPatch.context() as patched:
        for endpoints in ("api.policies", "api.policy_drafts", "console.drafts", "console.draft_forms"):
            patched.setattr(f"service.entrypoints.{endpoints}.lint_apart", found_in)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow tests first, shared out among the workers: one that begins late would be waited for by the others.

    Those of a module stay together, for each worker that has one of them makes what the module's tests share.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = iter([item for item in items if not item.get_closest_marker("slow")])
    modules = [list(module) for _, module in groupby(slow, key=lambda item: item.path)]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = -(-len(items) // workers)
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        ordered += chain.from_iterable(modules[worker::workers])
        ordered += islice(others, max(0, share * (worker + 1) - len(ordered)))
    items[:] = [*ordered, *others]


def pytest_collection_finish() -> None:
    """What was loaded stays."""
    gc.freeze()
    gc.enable()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run that went well but could not test everything ends with a status of its own."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    if exitstatus == pytest.ExitCode.OK and any(NOT_TESTED in str(report.longrepr) for report in skipped):
        session.exitstatus = INCOMPLETE
