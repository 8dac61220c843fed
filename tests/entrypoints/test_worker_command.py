"""``chalkline worker``: what goes on in the background, apart from any service."""

import os
import time
from pathlib import Path

import httpx

from tests.builders import request
from tests.commands import Command
from tests.promises.test_subscribers_page import ALLOWED, delivered, receiving
from tests.servers import BOOTSTRAP_KEY, free_port, serving


def test_a_service_that_leaves_it_to_workers_delivers_nothing_until_one_runs(tmp_path: Path) -> None:
    port, database = free_port(), tmp_path / "apart.db"
    with (
        serving(database, ALLOWED | {"CHALKLINE_WORKER": "false"}) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}) as http,
    ):
        body = {"name": "receiver", "url": f"http://127.0.0.1:{port}/"}
        with receiving(port, http.post("/v1/subscribers", json=body).json()["secret"]):
            http.post("/v1/classifications", json=request(id="acc-1", df=12))
            time.sleep(1)
            assert http.get("/v1/deliveries").json()["items"] == []
            environment = os.environ | ALLOWED | {"CHALKLINE_DATABASE_URL": f"sqlite:///{database}"}
            worker = Command("worker", environment=environment)
            try:
                assert len(delivered(http)) == 1
            finally:
                assert worker.stop(15) == 0
