"""What every operation has in common towards clients and proxies: HEAD, challenges, and the prefix of a proxy."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from service.domain.keys import Scope
from service.entrypoints.common.context import Inbound
from tests.api import Api, Decision, serving
from tests.application import INBOUND
from tests.builders import request
from tests.databases import SqliteDatabases
from tests.problems import hold_problem
from tests.published import PROBLEM, published

PREFIX = "/sales/chalkline"
READ = [path for path, operations in published().document["paths"].items() if "get" in operations]


@pytest.fixture(scope="module")
def edge(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    """The running service, with senders that sign their webhooks."""
    inbound = Inbound(mapping=INBOUND.mapping, secrets=("whsec_" + "c2VjcmV0" * 4,), hubspot_secrets=("secret",))
    with sqlite_databases.fresh() as url, serving(url, inbound=inbound) as served:
        yield served


@pytest.fixture(scope="module")
def decision(edge: Api) -> Decision:
    return edge.classify(id="headed", df=640)


@pytest.fixture(scope="module")
def prefixed(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    """The running service, shown under a prefix."""
    with sqlite_databases.fresh() as url, serving(url, root_path=PREFIX) as served:
        yield served


@pytest.fixture
def client(prefixed: Api) -> Iterator[httpx.Client]:
    """A client that holds no answer to the published paths, which have no prefix."""
    with httpx.Client(base_url=prefixed.url, headers=prefixed.http.headers) as client:
        yield client


@pytest.mark.parametrize("path", [*READ, "/docs", "/openapi.json", "/nowhere"])
def test_head_is_answered_as_get_is_without_the_body(edge: Api, decision: Decision, path: str) -> None:
    path = path.replace("{decision_id}", decision["id"]).replace("{account_id}", decision["account_id"])
    path = re.sub(r"\{\w+\}", decision["id"], path)

    got, headed = (edge.http.request(method, path) for method in ("GET", "HEAD"))

    assert headed.content == b""
    assert headed.status_code == got.status_code
    changing = {"date", "x-request-id"} | ({"content-length"} if path == "/metrics" else set())
    assert headed.headers.keys() == got.headers.keys()
    assert all(headed.headers[name] == got.headers[name] for name in got.headers.keys() - changing)
    assert [line["method"] for line in edge.log_of(headed.headers["x-request-id"])] == ["HEAD"]


def test_head_of_a_stream_gives_its_headers(edge: Api) -> None:
    answer = edge.http.head("/v1/decisions", headers={"Accept": "text/csv"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")


def test_head_is_not_allowed_where_get_is_not(edge: Api) -> None:
    assert edge.http.head("/v1/classifications").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/v1/decisions", "Bearer"),
        ("/v1/webhooks/salesforce/outbound-messages", "Bearer"),
        ("/v1/webhooks/salesforce/outbound-messages/chalk_nobodys", "Bearer"),
        ("/v1/webhooks/events", "Signature"),
        ("/v1/webhooks/hubspot", "Signature"),
    ],
)
def test_every_401_says_what_it_wants(edge: Api, path: str, scheme: str) -> None:
    method = "GET" if path == "/v1/decisions" else "POST"
    answer = httpx.request(method, edge.url + path, headers={"Content-Type": "application/json"}, content=b"{}")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["www-authenticate"] == f'{scheme} realm="chalkline"'


@pytest.mark.parametrize("sent", ["", PREFIX], ids=["taken out by the proxy", "left in"])
def test_links_and_locations_carry_the_prefix_of_a_proxy(client: httpx.Client, sent: str) -> None:
    made = [client.post(f"{sent}/v1/classifications", json=request(id="under", df=640)) for _ in range(2)]
    page = client.get(f"{sent}/v1/decisions", params={"limit": 1})

    assert made[1].headers["location"] == f"{PREFIX}/v1/decisions/{made[1].json()['id']}"
    assert page.headers["link"].startswith(f"<{PREFIX}/v1/decisions?limit=1&cursor=")
    for link in (made[1].headers["location"], page.links["next"]["url"]):
        assert client.get(link).status_code == 200
        assert client.get(link.removeprefix(PREFIX)).status_code == 200


def test_an_idempotency_key_means_the_same_under_a_prefix_and_without(client: httpx.Client) -> None:
    answers = [
        client.post(f"{sent}/v1/classifications", json=request(id="k", df=640), headers={"Idempotency-Key": "k"})
        for sent in ("", PREFIX)
    ]

    assert answers[0].content == answers[1].content
    assert answers[0].headers["location"] == answers[1].headers["location"]


def test_the_documentation_is_found_under_the_prefix(client: httpx.Client) -> None:
    page = client.get(f"{PREFIX}/docs").text

    linked = re.findall(r"""(?:src|href|url)(?:=|: )["']([^"']+)["']""", page)
    assert len(linked) >= 4
    for link in linked:
        assert link.startswith(f"{PREFIX}/")
        assert client.get(link).status_code == 200
        assert client.get(link.removeprefix(PREFIX)).status_code == 200
    document = client.get(f"{PREFIX}/openapi.json").json()
    assert document["servers"] == [{"url": PREFIX}]
    assert {name: value for name, value in document.items() if name != "servers"} == published().document


def test_a_key_in_a_path_is_taken_out_of_it_under_a_prefix_too(prefixed: Api, client: httpx.Client) -> None:
    key = prefixed.key("sender", Scope.WEBHOOK)["Authorization"].removeprefix("Bearer ")
    path = f"{PREFIX}/v1/webhooks/salesforce/outbound-messages/{quote(key)}"

    answer = client.post(path, content=b"<", headers={"Content-Type": "text/xml", "X-Request-ID": "key"})

    hold_problem(answer, 400, "malformed_payload")
    assert key not in str(prefixed.log_of("key"))
