"""A webhook's key as the last segment of the path: for senders that cannot send headers, and told to nobody."""

import httpx
import pytest

from service.domain.keys import Scope
from tests.inbox.client import CHANGES, OUTBOUND, TEXT_XML, Crm, hold_acknowledged
from tests.inbox.messages import KEY_ACCOUNT, message, notification
from tests.problems import hold_problem

NOBODY = {"Authorization": ""}
BODY = message(notification("acc-1", KEY_ACCOUNT))


def token(crm: Crm, name: str, *scopes: Scope) -> str:
    return crm.api.key(name, *scopes)["Authorization"].removeprefix("Bearer ")


def post(crm: Crm, path: str, body: bytes = BODY) -> httpx.Response:
    return crm.api.http.post(path, content=body, headers=TEXT_XML | NOBODY)


def test_a_key_for_webhooks_alone_is_taken_from_the_path(shared: Crm) -> None:
    key = token(shared, "salesforce", Scope.WEBHOOK)
    body = message(notification("acc-of-the-path", KEY_ACCOUNT))
    hold_acknowledged(post(shared, f"{OUTBOUND}/{key}", body))

    assert shared.standing("acc-of-the-path")["actor"] == "salesforce"


def test_a_key_that_may_do_more_is_refused_in_the_path_and_taken_in_the_header(shared: Crm) -> None:
    for scopes in ((Scope.WEBHOOK, Scope.READ), (Scope.CLASSIFY,), (Scope.ADMIN,), tuple(Scope)):
        key = token(shared, "-".join(scopes), *scopes)
        before = shared.api.rows()
        hold_problem(post(shared, f"{OUTBOUND}/{key}"), 401, "unauthenticated")
        assert shared.api.rows() == before
        in_header = TEXT_XML | {"Authorization": f"Bearer {key}"}
        answer = shared.api.http.post(OUTBOUND, content=BODY, headers=in_header)
        assert answer.status_code == (403 if scopes == (Scope.ADMIN,) else 200)


@pytest.mark.parametrize(
    "sent", ["x", "chalk_0", "%00", "%FF", "a%2Fb", "a/b", "..%2f..", "%F0%9F%98%80", "k" * 20_000]
)
def test_whatever_else_follows_in_the_path_is_no_key(shared: Crm, sent: str) -> None:
    hold_problem(post(shared, f"{OUTBOUND}/{sent}"), 401, "unauthenticated")


def test_a_slash_alone_is_another_path(shared: Crm) -> None:
    hold_problem(post(shared, f"{OUTBOUND}/"), 404, "not_found")


def test_no_other_path_takes_a_key_and_no_other_method(shared: Crm) -> None:
    key = token(shared, "elsewhere", Scope.WEBHOOK)
    hold_problem(post(shared, f"{CHANGES}/{key}"), 404, "not_found")
    hold_problem(shared.api.http.get(f"{OUTBOUND}/{key}", headers=NOBODY), 405, "method_not_allowed")


def test_a_key_that_is_revoked_works_no_more_in_the_path_either(shared: Crm) -> None:
    key = token(shared, "revoked", Scope.WEBHOOK)
    shared.api.revoke("revoked")
    hold_problem(post(shared, f"{OUTBOUND}/{key}"), 401, "unauthenticated")


def test_the_key_in_the_path_wins_over_one_in_the_header(shared: Crm) -> None:
    answer = shared.api.http.post(f"{OUTBOUND}/nonsense", content=BODY, headers=TEXT_XML)
    hold_problem(answer, 401, "unauthenticated")


def test_a_key_in_the_path_stands_in_no_log_no_measure_and_no_problem(shared: Crm) -> None:
    key = token(shared, "quiet", Scope.WEBHOOK)
    answers = [
        post(shared, f"{OUTBOUND}/{key}"),
        post(shared, f"{OUTBOUND}/{key}", b"<a/>"),
        post(shared, f"{OUTBOUND}/{key}?{key}=1"),
        post(shared, f"{OUTBOUND}/{key}x"),
        shared.api.http.put(f"{OUTBOUND}/{key}", headers=NOBODY),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 422, 401, 405]
    logged = [str(shared.api.log_of(answer.headers["x-request-id"])) for answer in answers]
    assert all(OUTBOUND in line for line in logged)
    measured = shared.api.http.get("/metrics").text
    assert f'path="{OUTBOUND}"' in measured
    told = [answer.text + str(answer.headers) for index, answer in enumerate(answers) if index != 2]
    assert not [text for text in (*logged, measured, *told) if key in text]
    assert key not in str(shared.events(limit=500))
