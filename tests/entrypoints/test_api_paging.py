"""Pages: everything once, however small they are and whatever arrives meanwhile."""

from typing import Any

import pytest

from tests.api import Api, Decision


@pytest.mark.parametrize("limit", [2, 7, 21, 500])
@pytest.mark.parametrize("path", ["/v1/decisions?team=MMKAFO", "/v1/accounts/acc-0/history", "/v1/decisions"])
def test_pages_visit_everything_once_while_more_arrives(
    api: Api, recorded: list[Decision], limit: int, path: str
) -> None:
    wanted = [item.get("id", item.get("decision_id")) for item in _items(api, path)]
    seen: list[str] = []
    url: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while url is not None:
        answer = api.http.get(url)
        page = answer.json()["items"]
        assert 0 < len(page) <= limit
        seen += [item.get("id", item.get("decision_id")) for item in page]
        url = answer.links["next"]["url"] if "next" in answer.links else None
        assert (url is None) == (len(seen) == len(wanted))
        if len(seen) <= 3 * limit:
            late = api.classify(id="acc-0", df=640, max_family_employees=640)
            assert late["team"] == "MMKAFO"
    assert seen == wanted
    assert len(recorded) <= 500


def _items(api: Api, path: str) -> list[Any]:
    items: list[Any] = api.get(f"{path}{'&' if '?' in path else '?'}limit=500")["items"]
    return items


def test_the_next_page_keeps_the_filters(api: Api, recorded: list[Decision]) -> None:
    rule = [decision["id"] for decision in recorded if decision["rule"] == "ROUTE-3" and decision["actor"] != "tester"]
    answer = api.http.get("/v1/decisions", params={"rule": "ROUTE-3", "actor": "crm-production", "limit": 2})

    assert answer.headers["link"].startswith("</v1/decisions?")
    assert answer.headers["link"].endswith('>; rel="next"')
    following = api.http.get(answer.links["next"]["url"]).json()["items"]
    assert {item["actor"] for item in following} == {"crm-production"}
    assert {item["id"] for item in following} < set(rule)
