"""Behind a pooler that hands each transaction to another session of the server's: PgBouncer in transaction mode."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from service.store.engine import connect_engine, open_session
from service.store.errors import StoreUnavailableError
from service.store.history import Extent, count_of_history, lines_of_history
from service.store.migrations import NEWEST, migrate
from tests.api import eventually, serving
from tests.builders import request
from tests.databases import PostgresDatabases
from tests.servers import free_port

pytestmark = pytest.mark.slow
CONFIGURATION = """
[databases]
* = host={host} port={port} user={user}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_round_robin = 1
logfile = {folder}/pgbouncer.log
"""


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The address of a database through PgBouncer, which takes each transaction to the next of three sessions."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("there is no pgbouncer here: apt-get install pgbouncer")
    folder, port = Path(tempfile.mkdtemp(prefix="chalkline-pgbouncer-")), free_port()
    found = make_url(url)
    host = str(found.query.get("host", found.host))
    configured = CONFIGURATION.format(
        host=host,
        port=found.port or 5432,
        user=found.username,
        password=f" password={found.password}" if found.password else "",
        own_port=port,
        folder=folder,
    )
    (folder / "pgbouncer.ini").write_text(configured)
    user = None
    if os.geteuid() == 0:  # which it refuses to run as; the server's own user reaches its socket
        user = Path(host).stat().st_uid if host.startswith("/") else pwd.getpwnam("nobody").pw_uid
        os.chown(folder, user, -1)
    process = subprocess.Popen([program, "-q", folder / "pgbouncer.ini"], user=user, stderr=subprocess.DEVNULL)
    through = f"postgresql://{found.username}@127.0.0.1:{port}/{found.database}"
    try:
        eventually(lambda: process.poll() is not None or _answers(through))
        assert process.poll() is None, (folder / "pgbouncer.log").read_text()
        yield through
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_everything_is_recorded_and_found_behind_a_pooler_of_transactions(postgres: PostgresDatabases) -> None:
    with postgres.fresh() as url, pooled(url) as through, serving(through) as api:

        def tell(number: int) -> tuple[int, str]:
            headers = {"Idempotency-Key": f"key-{number}"}
            body = request(id=f"acc-{number % 5}", df=640 + number)
            answer = api.http.post("/v1/classifications", json=body, headers=headers)
            return answer.status_code, api.get(f"/v1/decisions/{answer.json()['id']}")["account_id"]

        with ThreadPoolExecutor(6) as many:
            told = list(many.map(tell, range(24)))
        assert told == [(201, f"acc-{number % 5}") for number in range(24)]
        assert [tell(number) for number in range(3)] == [(201, f"acc-{number}") for number in range(3)]
        items = [request(id=f"batch-{number}", df=640) for number in range(600)]  # so many go by COPY
        for _ in range(2):
            answer = api.http.post("/v1/classifications/batch", json={"items": items})
            assert {result["status"] for result in answer.json()["results"]} == {201}
        assert api.http.post("/v1/subscribers", json={"name": "x", "url": "https://127.0.0.1/"}).status_code == 201
        assert api.http.get("/readyz").status_code == 200
        assert len(list(api.http.get("/v1/decisions", headers={"Accept": "text/csv"}).iter_lines())) == 1225
        assert count_of_history(api.database.engine, Extent()) == 605
        assert sum(block.count(b"\n") + 1 for block in lines_of_history(api.database.engine, Extent())) == 605


def test_a_migration_runs_behind_a_pooler_and_a_session_there_stays_as_it_was(postgres: PostgresDatabases) -> None:
    with postgres.empty() as url, pooled(url) as through:
        engine = connect_engine(through, 0.5)
        assert migrate(engine) == NEWEST
        with pytest.raises(StoreUnavailableError), open_session(engine) as session:
            session.connection().execute(text("SELECT pg_sleep(5)"))
        engine.dispose()
        with psycopg.connect(through, autocommit=True) as connection:
            shown = [connection.execute("SHOW statement_timeout").fetchone() for _ in range(6)]
        assert shown == [("0",)] * 6
