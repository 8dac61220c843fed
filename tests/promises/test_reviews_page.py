"""The requests of docs/how/reviews.md are sent as they stand, and are answered as it says."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.builders import request
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

PAGE = (REPOSITORY / "docs" / "how" / "reviews.md").read_text()
QUEUE, DISPUTE, DECISION = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def answers(block: str, url: str, **environment: str) -> list[Any]:
    """What each request of a block is answered, as JSON."""
    script = block.replace("http://127.0.0.1:8000", url).replace("curl ", "echo; curl ")
    known = os.environ | {"KEY": BOOTSTRAP_KEY} | environment
    ran = subprocess.run(["bash", "-ec", script], env=known, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in ran.stdout.splitlines() if line]


def test_the_requests_of_the_page_are_answered_as_it_says(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "reviews.db", {}) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}) as http,
    ):
        first_order = request(id="sample-account-1", df=640, region="EMEA", max_family_employees=640, on=None)
        assert http.post("/v1/classifications", json=first_order).status_code == 201

        (review,) = answers(DISPUTE, url)
        queues = answers(QUEUE, url)
        (decision,) = answers(DECISION, url, REVIEW=review["id"])

    assert (review["kind"], review["status"]) == ("dispute", "open")
    assert [[item["id"] for item in queue["items"]] for queue in queues] == [[review["id"]], [], [review["id"]]]
    assert (decision["kind"], decision["team"], decision["review_id"]) == ("review", "SMB", review["id"])
