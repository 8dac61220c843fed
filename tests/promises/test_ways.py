"""What docs/how/ways.md tells of the code is the order in which the running program gets there."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from httpx import Response
from typer.testing import CliRunner

from service import cli_wiring
from service.bulk.decisions import decisions
from service.domain.fy23 import fy23_program
from service.entrypoints.cli.app import create_cli
from tests.api import serving
from tests.application import Clock
from tests.databases import SqliteDatabases
from tests.inbox.client import OUTBOUND, TEXT_XML
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, message, notification
from tests.published import published
from tests.servers import REPOSITORY

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "how" / "ways.md").read_text()
WAYS = {
    title: re.findall(r"^\d+\. `(\S+)` `(\S+)`: \w", section, re.MULTILINE)
    for title, section in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}

_SERVICE = str(REPOSITORY / "service")


class Trace:
    """The functions of the service that are called while it is watched, in the order of their first calls."""

    def __init__(self) -> None:
        self._called: dict[tuple[str, str], None] = {}
        self._watching = False

    def note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if self._watching and event == "call" and code.co_filename.startswith(_SERVICE):
            self._called.setdefault((str(Path(code.co_filename).relative_to(REPOSITORY)), code.co_qualname))

    def of(self, action: Callable[[], object]) -> list[tuple[str, str]]:
        self._called.clear()
        self._watching = True
        action()
        self._watching = False
        return [*self._called]


@contextmanager
def traced() -> Iterator[Trace]:
    """A trace of this thread and of all that start from now on."""
    trace = Trace()
    threading.setprofile(trace.note)
    sys.setprofile(trace.note)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def hold(title: str, called: list[tuple[str, str]]) -> None:
    """Hold the lines of a way to be among the calls, in their order."""
    told = WAYS[title]
    missing = [line for line in told if line not in called]
    assert not missing, f"never called on this way: {missing}"
    assert told == sorted(told, key=called.index)


def test_every_way_is_traced() -> None:
    assert [*WAYS] == ["A classification", "A webhook", "A table", "The publication of a policy revision"]
    assert all(len(lines) > 10 for lines in WAYS.values())
    assert sum(map(len, WAYS.values())) == len(re.findall(r"^\d+\. ", PAGE, re.MULTILINE))


def test_the_ways_of_requests_are_as_the_page_tells_them(sqlite_databases: SqliteDatabases) -> None:
    samples = published().document["components"]["examples"]
    with sqlite_databases.fresh() as url, traced() as trace, serving(url, clock=Clock(NOW), inbound=SET_UP) as api:

        def classify() -> None:
            api.classify(samples["classification_request"]["value"])

        def send() -> Response:
            return api.http.post(
                OUTBOUND, content=message(notification("acc-1", KEY_ACCOUNT, number=1)), headers=TEXT_XML
            )

        def publish() -> Response:
            fy23_program.cache_clear()  # as in another process than that which made the draft
            return api.http.post(f"/v1/policies/drafts/{draft['id']}/publish", json={})

        hold("A classification", trace.of(classify))
        hold("A webhook", trace.of(send))
        draft = api.http.post("/v1/policies/drafts", json=samples["draft_request"]["value"]).json()
        hold("The publication of a policy revision", trace.of(publish))


def test_the_way_of_a_table_is_as_the_page_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.bulk.engines.duckdb.decisions", decisions)  # which other tests ask once
    command = ["bulk", "classify", str(REPOSITORY / "examples" / "accounts.csv"), "--on", "2022-03-15"]

    def classify(name: str) -> None:
        ran = CliRunner().invoke(create_cli(cli_wiring.context), [*command, "--out", str(tmp_path / name)])
        assert ran.exit_code == 0, ran.output

    classify("loads.parquet")  # classes that are made while modules load are no part of the way
    with traced() as trace:
        hold("A table", trace.of(lambda: classify("decisions.parquet")))


@pytest.mark.parametrize("told", [[("a", "f"), ("b", "g")], [("a", "f"), ("c", "h")]])
def test_a_page_that_told_it_otherwise_would_be_found_out(
    told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WAYS, "A table", told)
    with pytest.raises(AssertionError):
        hold("A table", [("b", "g"), ("a", "f")])
