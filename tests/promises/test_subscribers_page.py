"""The receiver of docs/how/subscribers.md is run as it stands, against a service of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.builders import request
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, free_port, serving

PAGE = (REPOSITORY / "docs" / "how" / "subscribers.md").read_text()
(RECEIVER,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ALLOWED = {"CHALKLINE_DELIVERY_ALLOWED_NETWORKS": '["127.0.0.0/8"]', "CHALKLINE_DELIVERY_ALLOW_HTTP": "true"}


@contextmanager
def receiving(port: int, secret: str) -> Iterator["subprocess.Popen[str]"]:
    environment = os.environ | {"PORT": str(port), "WEBHOOK_SECRET": secret}
    with subprocess.Popen(
        [sys.executable, "-c", RECEIVER],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def delivered(http: httpx.Client) -> list[dict[str, Any]]:
    """The deliveries, once none is pending any more."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        items: list[dict[str, Any]] = http.get("/v1/deliveries").json()["items"]
        if items and all(item["status"] == "delivered" for item in items):
            return items
        time.sleep(0.1)
    raise AssertionError("It was not delivered")


def test_the_receiver_of_the_page_takes_what_the_service_sends_and_nothing_else(tmp_path: Path) -> None:
    port = free_port()
    with (
        serving(tmp_path / "subscribers.db", ALLOWED) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}) as http,
    ):
        body = {"name": "receiver", "url": f"http://127.0.0.1:{port}/", "fields": ["team"]}
        secret = http.post("/v1/subscribers", json=body).json()["secret"]
        with receiving(port, secret) as receiver:
            http.post("/v1/classifications", json=request(id="acc-1", df=12))
            http.post("/v1/classifications", json=request(id="acc-1", df=640))
            (last, *_) = delivered(http)
            http.post(f"/v1/deliveries/{last['id']}/resending")
            delivered(http)
            forged = {
                "webhook-id": "forged",
                "webhook-timestamp": str(int(time.time())),
                "webhook-signature": "v1,AA==",
            }
            refused = httpx.post(f"http://127.0.0.1:{port}/", headers=forged, json=body)
            receiver.terminate()
            assert receiver.stdout is not None
            printed = receiver.stdout.read().splitlines()

    assert refused.status_code == 401
    assert printed == ["acc-1 SMB", "acc-1 MM_TERRITORY"]
