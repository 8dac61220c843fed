"""What those who run the service rely on: request identifiers, logs without secrets, metrics, health and readiness."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from service import wiring
from service.domain.keys import Scope
from service.store.database import open_database
from tests.api import Api, serving
from tests.application import LIMITS, Clock, application
from tests.builders import request
from tests.problems import hold_problem
from tests.running import running
from tests.servers import BOOTSTRAP_KEY
from tests.servers import serving as serving_process

GIVEN = ["0198c0de", "a.b:c_d-E", "x" * 64, "0"]
NOT_TAKEN = ["", "x" * 65, "a b", "a\tb", "<script>", "a/b", "k\xe9", '"quoted"', "a,b", "\u00b2"]


@pytest.mark.parametrize("sent", GIVEN)
def test_a_request_identifier_is_taken_echoed_recorded_and_logged(api: Api, sent: str) -> None:
    answer = api.http.post("/v1/classifications", json=request(id="named", df=640), headers={"X-Request-ID": sent})

    assert answer.headers["x-request-id"] == sent
    assert answer.json()["request_id"] == sent
    assert api.get(f"/v1/decisions/{answer.json()['id']}")["request_id"] == sent
    assert api.log_of(sent)


@pytest.mark.parametrize("sent", NOT_TAKEN)
def test_a_request_identifier_that_is_none_is_replaced(api: Api, sent: str) -> None:
    headers = httpx.Headers({b"X-Request-ID": sent.encode("latin-1")})
    answer = api.http.post("/v1/classifications", json=request(id="unnamed", df=640), headers=headers)

    made = answer.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert answer.json()["request_id"] == made
    assert api.log_of(made)


def test_every_answer_has_an_identifier_of_its_own(api: Api) -> None:
    paths = [
        "/healthz",
        "/readyz",
        "/docs",
        "/openapi.json",
        "/nowhere",
        "/v1/decisions",
        "/v1/decisions/x",
        "/metrics",
    ]
    answers = [api.http.get(path) for path in paths * 2]
    answers.append(httpx.get(f"{api.url}/v1/decisions"))

    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


def test_a_line_of_the_log_says_who_asked_what_and_how_it_ended(api: Api) -> None:
    asker = api.key("who asks", Scope.READ)
    api.http.get("/v1/accounts/nobody", headers=asker | {"X-Request-ID": "logged-1"})

    (line,) = api.log_of("logged-1")
    assert {name: value for name, value in line.items() if name != "ms"} == {
        "event": "request",
        "request_id": "logged-1",
        "method": "GET",
        "path": "/v1/accounts/{account_id}",
        "status": 404,
        "actor": "who asks",
    }
    assert line["ms"] >= 0


def test_a_fault_is_a_problem_that_says_nothing_of_its_cause(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM nowhere")

    monkeypatch.setattr("service.entrypoints.api.decisions.find_decision", broken)
    headers = {"Authorization": api.http.headers["Authorization"], "X-Request-ID": "fault-1"}

    answer = httpx.get(f"{api.url}/v1/decisions/0198c0de-0000-7000-a000-000000000001", headers=headers)

    hold_problem(answer, 500, "internal_error")
    assert [line["event"] for line in api.log_of("fault-1")] == ["fault", "request"]


def test_the_metrics_count_answers_by_the_paths_template(api: Api) -> None:
    def answered() -> float:
        page = api.http.get("/metrics")
        assert page.headers["content-type"].startswith("text/plain")
        wanted = 'chalkline_http_requests_total{method="GET",path="/v1/accounts/{account_id}",status="404"} '
        lines = [line for line in page.text.splitlines() if line.startswith(wanted)]
        return float(lines[0].removeprefix(wanted)) if lines else 0.0

    before = answered()
    for number in range(3):
        api.http.get(f"/v1/accounts/nobody-{number}")

    assert answered() == before + 3
    assert "nobody-1" not in api.http.get("/metrics").text


def test_a_schema_that_is_behind_is_not_ready(fresh_api: Api) -> None:
    assert fresh_api.get("/readyz") == {"status": "ok"}
    with fresh_api.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert fresh_api.get("/readyz") == {"status": "ok"}
    fresh_api.clock.advance(seconds=1)

    problem = hold_problem(fresh_api.http.get("/readyz"), 503, "schema_behind")

    assert "chalkline migrate" in problem["detail"]
    assert fresh_api.get("/healthz") == {"status": "ok"}


def test_a_service_that_is_about_to_stop_is_not_ready_and_answers_all_else(fresh_api: Api) -> None:
    fresh_api.readiness.leave()

    hold_problem(fresh_api.http.get("/readyz"), 503, "stopping")
    assert fresh_api.get("/healthz") == {"status": "ok"}
    fresh_api.classify(id="late", df=640)


@pytest.fixture(params=["sqlite", "postgresql"])
def without_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A service whose database is nowhere to be reached."""
    nowhere = {"sqlite": f"sqlite:///{tmp_path}/no/such/folder.db", "postgresql": "postgresql://x:secret@127.0.0.1:1/x"}
    opened = open_database(
        nowhere[request.param], clock=wiring.now, random_bits=wiring.random_bits, observe=lambda *_: None
    )
    with running(application(opened, Clock(), LIMITS, [])) as url:
        yield url


def test_the_service_is_there_while_its_database_is_not(without_database: str) -> None:
    assert httpx.get(f"{without_database}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{without_database}/docs").status_code == 200
    hold_problem(httpx.get(f"{without_database}/readyz"), 503, "store_unavailable")
    key = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}
    for answer in (
        httpx.get(f"{without_database}/v1/decisions", headers=key),
        httpx.post(f"{without_database}/v1/classifications", json=request(df=640), headers=key),
    ):
        hold_problem(answer, 503, "store_unavailable")


def test_what_the_service_logs_and_prints_holds_no_secret(tmp_path: Path) -> None:
    wrong = "chalk_not-a-key-of-anybodys"
    output = tmp_path / "output"
    with serving_process(tmp_path / "logged.db", {"CHALKLINE_LOG_LEVEL": "debug"}, output=output) as url:
        for key in (BOOTSTRAP_KEY, wrong):
            headers = {"Authorization": f"Bearer {key}", "X-Request-ID": f"of-{key[:3]}", "Idempotency-Key": "i-1"}
            httpx.post(f"{url}/v1/classifications", json=request(df=640, name="Acme Secretive"), headers=headers)
            httpx.get(f"{url}/v1/decisions?account_id={key}", headers=headers)
        httpx.post(f"{url}/v1/classifications", content=b"\x00", headers={"Authorization": "Basic c2VjcmV0"})
    logged = output.read_bytes().decode()

    for secret in (BOOTSTRAP_KEY, wrong, "c2VjcmV0", "Acme Secretive", "INSERT", "SELECT", "Traceback"):
        assert secret not in logged
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line.get("event") == "request"]
    assert {line["request_id"] for line in requests} >= {f"of-{BOOTSTRAP_KEY[:3]}", "of-cha"}
    assert all({"at", "level", "status", "method", "path"} <= set(line) for line in requests)


def test_two_context_of_one_database_believe_a_revoked_key_only_for_a_moment(database_url: str) -> None:
    with serving(database_url, key="first") as one, serving(database_url, key="second", clock=one.clock) as other:
        key = one.key("shared", Scope.READ)
        assert other.http.get("/v1/policies", headers=key).status_code == 200
        one.revoke("shared")

        other.clock.advance(seconds=2)

        for api in (one, other):
            hold_problem(api.http.get("/v1/policies", headers=key), 401, "unauthenticated")
