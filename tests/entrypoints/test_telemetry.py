import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests.servers import serving

ALMOST = (
    "//v1/webhooks/salesforce/outbound-messages/{}",
    "/v1/webhooks/salesforce/outbound-messages/{}/",
    "/v1/webhooks/salesforce/outbound-messages/one-more/{}",
    "/v1/webhooks/salesforce/outbound-messages?key={}",
    "/v1/webhooks/salesforce/outbound-message/{}",
    "/v1/webhooks/Salesforce/Outbound-Messages/{}",
    "/v1/webhooks/salesforce/{}",
    "/v1/webhooks/salesforce//outbound-messages/{}",
    "/v1/webhooks%2Fsalesforce%252Foutbound-messages/{}",
    "/webhooks/salesforce/outbound-messages/{}/",
    "/{}",
)
"""Paths that are almost a webhook's, with a key."""


class _Collector(HTTPServer):
    """Stands in for an OpenTelemetry collector: keeps what is sent to it."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if isinstance(self.server, _Collector):
            self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def collector() -> Iterator[_Collector]:
    server = _Collector()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_traces_are_sent_where_the_environment_says_and_only_when_asked_for(
    collector: _Collector, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with serving(tmp_path / "quiet.db", environment) as url:
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert not collector.received

    with serving(tmp_path / "traced.db", environment | {"CHALKLINE_TELEMETRY": "true"}) as url:
        assert httpx.get(f"{url}/healthz").status_code == 200
        deadline = time.monotonic() + 10
        while not _spans_of(collector, b"/healthz") and time.monotonic() < deadline:
            time.sleep(0.05)
    assert _spans_of(collector, b"/healthz") == ["/v1/traces"]


def test_a_webhook_s_key_in_the_path_is_in_no_trace_and_no_log(collector: _Collector, tmp_path: Path) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "CHALKLINE_TELEMETRY": "true",
        "CHALKLINE_LOG_LEVEL": "debug",
    }
    path, key = "/v1/webhooks/salesforce/outbound-messages", "a-token-of-salesforce"
    output = tmp_path / "output"
    with serving(tmp_path / "traced.db", environment, output) as url:
        # The last is the only one that leaves a trace.
        for sent_to in (f"{path}/{key}", *(near.format(key) for near in ALMOST), path):
            answer = httpx.post(f"{url}{sent_to}", content=b"<a/>", headers={"Content-Type": "text/xml"})
            assert answer.status_code in {401, 404, 422}
            assert key not in answer.text + str(answer.headers)
        deadline = time.monotonic() + 10
        while not _spans_of(collector, path.encode()) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert _spans_of(collector, path.encode())
    assert not _spans_of(collector, key.encode())
    logged = output.read_text()
    assert logged.count('"unmatched"') == 8
    assert key not in logged


def test_a_calendar_program_s_key_in_the_path_is_in_no_trace_and_no_log(collector: _Collector, tmp_path: Path) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "CHALKLINE_TELEMETRY": "true",
        "CHALKLINE_LOG_LEVEL": "debug",
    }
    key, output = "a-token-of-a-calendar", tmp_path / "output"
    with serving(tmp_path / "traced.db", environment, output) as url:
        # The last is the only one that leaves a trace.
        for near in ("/{}.ics", "//{}.ics", "/{}", "/{}.ics/", "/a/{}.ics", "/{}.ics?kind=x", "/{}/close-date", ""):
            answer = httpx.get(f"{url}/v1/calendar{near.format(key)}")
            assert answer.status_code in {401, 404}
            assert key not in answer.text + str(answer.headers)
        deadline = time.monotonic() + 10
        while not _spans_of(collector, b"/v1/calendar") and time.monotonic() < deadline:
            time.sleep(0.05)
    assert _spans_of(collector, b"/v1/calendar")
    assert not _spans_of(collector, key.encode())
    assert key not in output.read_text()


def _spans_of(collector: _Collector, path: bytes) -> list[str]:
    return [sent_to for sent_to, body in collector.received if path in body]
