"""What somebody has the service do in the background is an act, at every door, in the commit that requests it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.acts import ActKind
from tests.api import Api
from tests.commands import run_for_text
from tests.console.visiting import Person
from tests.ledger.sealing import seal_all, sealed, sealer
from tests.problems import hold_problem

ON = "2022-05-01"
CHANGEOVER, APPLICATION, RETRY = (
    (ActKind.CHANGEOVER_REQUESTED, {"on": ON}),
    (
        ActKind.APPLICATION_REQUESTED,
        {"policy_id": "fy23", "policy_version": 1, "effective_on": "2026-01-05", "dry_run": True},
    ),
    (ActKind.RETRY_REQUESTED, {"filter": {"status": "rejected", "source": "events"}}),
)
OVER_HTTP = [
    ("/v1/changeovers", {"on": ON}, CHANGEOVER),
    ("/v1/policies/fy23/application", {"dry_run": True}, APPLICATION),
    ("/v1/event-retries", {"status": "rejected", "source": "events"}, RETRY),
]
BY_FORM = [
    ("/console/changeovers", f"/console/changeover-dry-run?on={ON}", {"on": ON}, CHANGEOVER),
    ("/console/policies/fy23/application", "/console/policies/fy23", {"dry_run": "true"}, APPLICATION),
    ("/console/event-retries", "/console/events", {"status": "rejected", "source": "events"}, RETRY),
]
BY_COMMAND = [(("changeover", "--on", ON), CHANGEOVER), (("policies", "apply", "--dry-run"), APPLICATION)]


@pytest.fixture
def visitor(fresh_api: Api) -> Iterator[Person]:
    with Person(fresh_api) as found:
        yield found.sign_in("visitor")


def requested(api: Api, kind: ActKind) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/audit/acts", kind=kind.value)["items"]
    return found


def hold(api: Api, actor: str, told: tuple[ActKind, dict[str, Any]]) -> dict[str, Any]:
    """The one act of a kind is by somebody, and has said what was asked for."""
    kind, body = told
    (act,) = requested(api, kind)
    assert act["actor"] == actor
    assert {name: act["body"].get(name) for name in body} == body
    return act


@pytest.mark.parametrize(("path", "body", "told"), OVER_HTTP)
def test_a_request_over_the_api_is_one_act_however_often_it_is_sent(
    fresh_api: Api, path: str, body: dict[str, Any], told: tuple[ActKind, dict[str, Any]]
) -> None:
    headers = {"Idempotency-Key": "once", "X-Request-ID": "of-the-act"}
    answers = [fresh_api.http.post(path, json=body, headers=headers) for _ in range(2)]

    assert [(each.status_code, each.json()) for each in answers] == [(202, answers[0].json())] * 2
    act = hold(fresh_api, "tester", told)
    assert act["request_id"] == "of-the-act"
    identifiers = {value for name, value in act["body"].items() if name in {"application_id", "retry_id"}}
    assert identifiers <= {answers[0].json().get("id")}


@pytest.mark.parametrize(("path", "page", "typed", "told"), BY_FORM)
def test_a_request_at_the_console_is_the_same_act(
    fresh_api: Api,
    visitor: Person,
    path: str,
    page: str,
    typed: dict[str, str],
    told: tuple[ActKind, dict[str, Any]],
) -> None:
    answer = visitor.post(path, page, **typed)

    assert answer.status_code == 303, answer.text
    hold(fresh_api, "visitor", told)


@pytest.mark.parametrize(("words", "told"), BY_COMMAND)
def test_a_request_by_command_is_the_same_act_by_whoever_gives_it(
    fresh_api: Api, words: tuple[str, ...], told: tuple[ActKind, dict[str, Any]]
) -> None:
    body = {name: value for name, value in told[1].items() if name != "effective_on"}  # the machine's day
    environment = os.environ | {"CHALKLINE_DATABASE_URL": fresh_api.database.elsewhere.url}

    ran = run_for_text(*words, "--by", "Sample Operator", environment=environment)

    assert ran.returncode == 0, ran.stderr
    hold(fresh_api, "Sample Operator", (told[0], body))


def test_what_is_refused_is_no_act(fresh_api: Api) -> None:
    for path, body, _ in OVER_HTTP[:2]:
        assert fresh_api.http.post(path, json=body).status_code == 202
    hold_problem(fresh_api.http.post("/v1/policies/fy23/application", json={}), 409, "application_under_way")
    hold_problem(fresh_api.http.post("/v1/changeovers", json={"on": "2022-05-02"}), 422, "not_a_changeover")

    for kind in (CHANGEOVER[0], APPLICATION[0]):
        assert len(requested(fresh_api, kind)) == 1


def test_what_is_requested_is_not_done_where_its_act_cannot_be_recorded(fresh_api: Api) -> None:
    engine = fresh_api.database.engine
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE acts RENAME TO acts_elsewhere"))

    for path, body, _ in OVER_HTTP:
        hold_problem(fresh_api.http.post(path, json=body), 503, "schema_behind")

    with engine.connect() as connection:
        for table in ("changeovers", "applications", "event_retries"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608 - our own names


def test_what_is_requested_is_sealed_without_its_filter(fresh_api: Api) -> None:
    fresh_api.http.post("/v1/event-retries", json={"since": "2026-01-04T11:12:13Z"})
    seal_all(sealer(fresh_api.database))

    (act,) = requested(fresh_api, ActKind.RETRY_REQUESTED)
    assert act["sequence"] is not None
    assert act["body"]["filter"] == {"since": "2026-01-04T11:12:13Z"}
    whole = b"".join(each.entry for each in sealed(fresh_api.database)[1] if each.kind == "act")
    assert b"retry_requested" in whole
    assert b"11:12:13" not in whole
