"""Requests that are refused before or beside their body: who calls, how, where, and with which parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.builders import request
from tests.entrypoints.operations import A_UUID, KEY_IN_THE_PATH, OF_THE_CALENDAR, OF_TWO_SCOPES, OPERATIONS, SIGNED
from tests.problems import hold_problem
from tests.published import published

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A request that is refused, and how. ``names`` is the parameter or header that the answer has to name."""

    title: str
    method: str = "GET"
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 422
    code: str = "invalid_request"
    names: str | None = None


def _keyed(title: str, key: str) -> Refused:
    headers = JSON | {"Idempotency-Key": key}
    return Refused(title=title, method="POST", path="/v1/classifications", headers=headers, names="Idempotency-Key")


def _asked(query: str, names: str, path: str = "/v1/decisions") -> Refused:
    return Refused(title=f"{path}?{query[:60]}", path=f"{path}?{query}", names=names)


REFUSED = [
    _asked("acount_id=a", "acount_id"),
    _asked("account_id=", "account_id"),
    _asked("account_id=a%00b", "account_id"),
    _asked("kind=decision", "kind"),
    _asked("status=open", "status"),
    _asked("segment=Medium", "segment"),
    _asked("team=mmkafo", "team"),
    _asked("limit=0", "limit"),
    _asked("limit=501", "limit"),
    _asked("limit=ten", "limit"),
    _asked("limit=" + "9" * 5000, "limit"),
    _asked("recorded_since=yesterday", "recorded_since"),
    _asked("recorded_since=2022-03-15", "recorded_since"),
    _asked("recorded_since=2022-03-15T09:30:00", "recorded_since"),
    _asked("recorded_until=0", "recorded_until"),
    _asked("recorded_until=1e400", "recorded_until"),
    _asked("cursor=", "cursor"),
    _asked("cursor=nonsense", "cursor"),
    _asked("cursor=AZjA3gAAcACgAAAAAAAAAQ%20", "cursor"),
    _asked("cursor=%21AZjA3gAAcACgAAAAAAAAAQ", "cursor"),
    _asked("cursor=%F0%9F%98%80", "cursor"),
    _asked("cursor=" + "A" * 65, "cursor"),
    _asked("account_id=a%20b", "account_id", "/v1/reviews"),
    _asked("as_of=then", "as_of", "/v1/accounts/acc-1"),
    _asked("as_of=2022-03-15T09:30:00", "as_of", "/v1/accounts/acc-1"),
    _asked("as_at=2022-03-15T09:30:00Z", "as_at", "/v1/accounts/acc-1"),
    _asked("verbose=1", "verbose", "/healthz"),
    Refused(title="a UUID that is none", path="/v1/decisions/42", names="decision_id"),
    Refused(title="a review's UUID that is none", path="/v1/reviews/42", names="review_id"),
    Refused(title="an account's name that is none", path="/v1/accounts/a%00b", names="account_id"),
    Refused(title="an unknown decision", path=f"/v1/decisions/{A_UUID}", status=404, code="not_found"),
    Refused(title="an unknown decision again", path=f"/v1/decisions/{A_UUID}/replay", status=404, code="not_found"),
    Refused(title="an unknown review", path=f"/v1/reviews/{A_UUID}", status=404, code="not_found"),
    Refused(title="an unknown account", path="/v1/accounts/nobody", status=404, code="not_found"),
    Refused(title="an unknown history", path="/v1/accounts/nobody/history", status=404, code="not_found"),
    Refused(title="an unknown policy", path="/v1/policies/fy1999", status=404, code="not_found"),
    Refused(title="an unknown program", path=f"/v1/programs/{'0' * 64}", status=404, code="not_found"),
    Refused(title="an unknown path", path="/v1/decision", status=404, code="not_found"),
    Refused(title="a slash too many", path="/v1/decisions/", status=404, code="not_found"),
    Refused(title="the root", path="/", status=404, code="not_found"),
    Refused(title="a path upwards", path="/v1/../../etc/passwd", status=404, code="not_found"),
    Refused(title="a path of odd bytes", path="/%ff%00/%e2%82", status=404, code="not_found"),
    Refused(title="a method too many", method="DELETE", path=f"/v1/decisions/{A_UUID}", status=405,
            code="method_not_allowed"),
    Refused(title="a GET for a POST", path="/v1/classifications", status=405, code="method_not_allowed"),
    Refused(title="a PATCH", method="PATCH", path="/healthz", status=405, code="method_not_allowed"),
    *[Refused(title=f"a body of {media_type or 'no type'}", method="POST", path="/v1/classifications", status=415,
              code="unsupported_media_type", headers={"Content-Type": media_type} if media_type else {})
      for media_type in ("", "text/plain", "application/xml", "application/x-www-form-urlencoded", "json",
                         "application/json-patch+json", "multipart/form-data; boundary=x")],
    Refused(title="neither true nor false", method="POST", path="/v1/classifications?dry_run=perhaps", headers=JSON,
            names="dry_run"),
    Refused(title="a dry run of a batch", method="POST", path="/v1/classifications/batch?dry_run=true", headers=JSON,
            names="dry_run"),
    _keyed("an empty idempotency key", ""),
    _keyed("an idempotency key with a space", "a b"),
    _keyed("an idempotency key that is too long", "k" * 256),
    _keyed("an idempotency key beyond ASCII", "k\xe9"),
    *[Refused(title=f"decisions as {accept}", path="/v1/decisions", headers={"Accept": accept}, status=406,
              code="not_acceptable") for accept in ("image/png", "text/html", "application/xml;q=1", "nonsense",
                                                   "application/json;q=0", "*/*;q=0", ";", "/")],
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.title)
def test_a_request_is_refused_with_a_problem_alike_on_both_databases(both: tuple[Api, Api], case: Refused) -> None:
    problems = [_problem(api, case) for api in both]

    assert problems[0] == problems[1]
    if case.names is not None:
        assert case.names in [error["pointer"] for error in problems[0]["errors"]]


def _problem(api: Api, case: Refused) -> dict[str, Any]:
    before = api.rows()
    content = b'{"account": {"id": "a"}}' if case.method == "POST" else None
    headers = [(name.encode(), value.encode("latin-1")) for name, value in case.headers.items()]
    sent = api.http.build_request(case.method, case.path, content=content, headers=headers)
    problem = hold_problem(api.http.send(sent), case.status, case.code)
    assert api.rows() == before
    return problem


def test_what_is_allowed_is_told_where_a_method_is_not(both: tuple[Api, Api]) -> None:
    answer = both[0].http.put("/v1/decisions")

    hold_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


def _revoked(api: Api) -> str:
    issued = api.key("revoked", Scope.READ)["Authorization"]
    api.revoke("revoked")
    return issued


def _expired(api: Api) -> str:
    issued = api.key("expired", days=1)["Authorization"]
    api.clock.advance(days=1)
    return issued


UNKNOWN_KEY = "chalk_0000000000000000000000000000000000000000000"
_SHORTEST_SECRET = 7
"""Shorter ones are words of the answer too, as Bearer is."""

AUTHORIZATIONS: dict[str, str | Callable[[Api], str]] = {
    "a key of no known form": "Bearer secret",
    "a key with a wrong checksum": f"Bearer {UNKNOWN_KEY}000000",
    "an unknown key": "Bearer a-key-of-somebodys-own",
    "no key": "Bearer",
    "another scheme": "Basic dXNlcjpwYXNz",
    "no scheme": "chalk_key",
    "a comma": "Bearer a,b",
    "bytes beyond ASCII": "Bearer \xff\xfe",
    "a very long key": "Bearer " + "k" * 20_000,
    "nothing": "",
    "a revoked key": _revoked,
    "an expired key": _expired,
}


@pytest.mark.parametrize("title", AUTHORIZATIONS)
def test_a_caller_without_a_working_key_is_told_how_to_authenticate(both: tuple[Api, Api], title: str) -> None:
    authorization = AUTHORIZATIONS[title]
    for api in both:
        sent = authorization if isinstance(authorization, str) else authorization(api)
        answer = api.http.get("/v1/decisions", headers={b"Authorization": sent.encode("latin-1")})

        hold_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="chalkline"'
        key = sent.removeprefix("Bearer ").strip()
        told = answer.text + str(api.log_of(answer.headers["x-request-id"]))
        assert len(key) < _SHORTEST_SECRET or key not in told


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_an_operation_needs_its_scope_and_no_other(both: tuple[Api, Api], method: str, path: str, scope: Scope) -> None:
    for api in both:
        content = b"{" if method == "POST" else None
        without = api.key(f"without {method} {path}", *(set(Scope) - {scope}))
        with_it = api.key(f"with {method} {path}", scope)

        refused = api.http.request(method, path, content=content, headers=JSON | without)
        passed = api.http.request(method, path, content=content, headers=JSON | with_it)
        nobody = api.http.request(method, path, content=content, headers=JSON | {"Authorization": ""})

        hold_problem(refused, 403, "forbidden")
        hold_problem(nobody, 401, "unauthenticated")
        assert passed.status_code not in {401, 403}


@pytest.mark.parametrize("path", OF_TWO_SCOPES)
def test_a_webhook_of_salesforce_takes_a_key_for_webhooks_or_classifications(both: tuple[Api, Api], path: str) -> None:
    for api in both:
        media_type = {"Content-Type": "text/xml" if path.endswith("outbound-messages") else "application/json"}
        for scope in Scope:
            key = api.key(f"{scope} of {path}", scope)
            status = api.http.post(path, content=b"{", headers=media_type | key).status_code
            assert status == (400 if scope in {Scope.WEBHOOK, Scope.CLASSIFY} else 403)


@pytest.mark.parametrize(("method", "path"), OF_THE_CALENDAR)
def test_the_calendar_is_for_a_key_that_reads_or_for_one_of_the_calendar(
    both: tuple[Api, Api], method: str, path: str
) -> None:
    for api in both:
        for scope in Scope:
            key = api.key(f"{scope} of {method} {path}", scope)
            status = api.http.request(method, path, content=b"{}", headers=JSON | key).status_code
            assert status == (200 if scope in {Scope.READ, Scope.CALENDAR} else 403)


@pytest.mark.parametrize("path", SIGNED)
def test_a_signed_webhook_is_not_there_until_its_secret_is_set_up(both: tuple[Api, Api], path: str) -> None:
    for api in both:
        hold_problem(api.http.post(path, content=b"{}", headers=JSON), 404, "webhook_not_set_up")


def test_every_operation_but_the_open_ones_is_held_to_a_scope() -> None:
    paths = published().document["paths"]
    closed = {(method.upper(), path) for path, item in paths.items() for method in item}
    closed -= {*KEY_IN_THE_PATH, ("GET", "/healthz"), ("GET", "/readyz"), *(("POST", path) for path in SIGNED)}

    assert len(closed) == len(OPERATIONS) + len(OF_TWO_SCOPES) + len(OF_THE_CALENDAR)
    assert published().document["security"] == [{"ApiKey": []}]
    assert all("security" not in paths[path][method.lower()] for method, path in closed)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_some_pages_are_open(both: tuple[Api, Api], path: str) -> None:
    for api in both:
        assert api.http.get(path, headers={"Authorization": ""}).status_code == 200


def test_the_scheme_is_known_in_any_case(both: tuple[Api, Api]) -> None:
    key = both[0].http.headers["Authorization"].removeprefix("Bearer ")

    assert both[0].http.get("/v1/policies", headers={"Authorization": f"bEaReR {key}"}).status_code == 200


def test_a_refused_key_records_nothing(both: tuple[Api, Api]) -> None:
    for api in both:
        before = api.rows()
        answer = api.http.post("/v1/classifications", json=request(df=640), headers={"Authorization": "Bearer x"})
        assert answer.status_code == 401
        assert api.rows() == before
