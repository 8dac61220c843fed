"""What pages say, and what they never do."""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event

from service.domain.vocabulary import fact_names
from service.entrypoints.console.words import FACTS, fact_words
from service.store.errors import StoreUnavailableError
from service.usecases.sign_in import SignInDesk
from tests.api import Api
from tests.browser.visits import ACCOUNT, HOSTILE, OPEN_PAGES, PAGES, WIDE, World, world
from tests.console.visiting import Person

FACET = re.compile(
    r'<a href="([^"]+)"( aria-current="true")?><span><bdi>[^<]*</bdi></span> <span class="num">(\d+)</span>'
)
MOST_STATEMENTS = {
    "home": 20,
    "accounts": 16,
    "account": 22,
    "leads": 8,
    "lead": 8,
    "co-selling": 10,
    "support requests": 4,
    "web directs of an account": 5,
    "a web direct": 6,
    "person": 16,
    "rank": 14,
    "ranks": 10,
    "conduct": 8,
    "audit": 8,
    "verify a receipt": 2,
    "decisions": 16,
    "decision": 10,
    "reviews": 20,
    "review": 12,
    "handoffs": 12,
    "handoff": 6,
    "packet": 16,
}


@pytest.fixture(scope="module")
def shown(api: Api) -> World:
    return world(api)


@pytest.fixture(scope="module")
def reader(api: Api, shown: World) -> Iterator[Person]:
    del shown  # which takes more than a day
    with Person(api) as found:
        yield found.sign_in("reader")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_lets_a_browser_do_nothing_but_show_it(shown: World, reader: Person, name: str) -> None:
    answer = reader.http.get(shown.path(name))

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=|javascript:[^a]", answer.text)


def test_a_name_is_text_whatever_it_has_in_it(shown: World, reader: Person) -> None:
    for path in ("/console", "/console/accounts", "/console/decisions", shown.path("account of a hostile name")):
        text = reader.http.get(path).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert escape("<script>alert(1)</script>") in text
    assert 'href="javascript:' not in text
    assert "\\u202egpj.exe" in text
    assert HOSTILE.partition("\u202e")[0] in reader.get(shown.path("account of a hostile name"))
    assert WIDE in reader.get(shown.path("account of a wide name"))


def test_an_account_tells_who_owns_it_and_why(shown: World, reader: Person) -> None:
    page = reader.get(f"/console/decisions/{shown.decision['id']}")

    assert "<strong>Key Accounts First Order</strong> owns it." in page
    assert "3 · Enough employees: At least 500 employees in the family" in page
    assert "437 fewer would change this answer." in page
    assert 'aria-label="936; from 500 says yes"' in page
    assert "Datafox (12) was set aside: Counts one office only." in page
    assert "837 fewer employees by Zoominfo (99), and this account goes to SMB." in page
    assert re.search(r"employees in the family <del>.*?480.*?</del>.*?<ins>.*?936", page)
    assert page.count("<dd>the same</dd>") == 2


def test_what_is_open_says_who_can_find_it_out(shown: World, reader: Person) -> None:
    page = reader.get(shown.path("account that is provisional"))

    assert "It could change the team." in page
    assert "employees in the family</td>" in page
    assert "the account executive, in discovery" in page
    assert "max_family_employees" not in page.partition('id="proof"')[0]
    assert 'aria-label="201 to 900, on both sides; from 500 says yes"' in page


def test_an_account_is_shown_as_it_was(shown: World, reader: Person) -> None:
    then = reader.get(f"/console/accounts/{ACCOUNT}?as_of=2026-01-05")

    assert "<strong>Mid-Market Territory</strong> owns it at that time." in then
    assert "employees in the family: <" in then
    assert shown.decision["id"] not in then.partition('id="history"')[0]
    assert "has not come yet" in reader.get(f"/console/accounts/{ACCOUNT}?on=2099-01-01", 422)


@pytest.mark.usefixtures("shown")
def test_accounts_of_another_time_are_counted_where_that_is_asked_for(reader: Person) -> None:
    for path in ("/console/accounts?on=2026-01-05", "/console/accounts?as_of=2026-01-05&region=NORAM"):
        page = reader.get(path)
        assert 'aria-label="Narrow down"' not in page
        counted = re.search(r'<a href="([^"]+)">Count them</a>', page)
        assert counted is not None

        page = reader.get(counted[1])

        assert 'aria-label="Narrow down"' in page
        assert int(re.findall(r'<p><span class="num">(\d+)</span> account', page)[0]) == page.count(
            'data-label="Because"'
        )
        assert "counts=" not in page.partition('id="main"')[2]


@pytest.mark.usefixtures("shown")
def test_what_a_form_left_empty_is_not_asked_for(reader: Person) -> None:
    assert "6 accounts" in re.sub(r"<[^>]+>", "", reader.get("/console/accounts?q=&team=&region="))


@pytest.mark.usefixtures("shown")
def test_each_count_leads_to_a_list_of_so_many(reader: Person) -> None:
    for path in ("/console/accounts", "/console/accounts?region=NORAM", "/console/decisions?team=SMB"):
        page = reader.get(path)
        facets = re.findall(
            r'<a href="([^"]+)"( aria-current="true")?><span><bdi>[^<]*</bdi></span> <span class="num">(\d+)</span>',
            page,
        )
        assert facets
        for to, is_on, count in facets:
            if not is_on and "missing_fact" not in to:
                total = re.search(r'<p><span class="num">(\d+)</span>', reader.get(to))
                others = [each for each in facets if each[1]]
                assert total is not None
                assert int(total[1]) == int(count) or any("region=" in each[0] for each in others) or "&" in to


@pytest.mark.usefixtures("shown")
def test_a_list_goes_on_page_by_page_and_as_csv(reader: Person) -> None:
    seen: list[str] = []
    path = "/console/decisions?limit=3&kind=classification"
    while path:
        page = reader.get(path)
        seen += re.findall(r'<td data-label="Recorded" class="right"><a href="([^"]+)"', page)
        found = re.search(r'<a class="button" href="([^"]+)">Older</a>', page)
        path = f"{found[1]}&limit=3" if found else ""
    assert len(seen) == len(set(seen)) == 7

    lines = reader.http.get("/console/decisions.csv?kind=classification")
    assert lines.headers["content-type"].startswith("text/csv")
    assert len(lines.text.splitlines()) == 8
    assert len(reader.http.get("/console/accounts.csv?region=NORAM").text.splitlines()) == 4


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/console/accounts/sample", 404, "Perhaps one of these"),
        ("/console/accounts/nowhere-at-all", 404, "No decision was recorded for account nowhere-at-all"),
        ("/console/accounts/%3Cscript%3E", 422, "account_id"),
        ("/console/decisions/0198c0de-0000-7000-a000-000000000001", 404, "There is no decision"),
        ("/console/decisions/one", 422, 'decision_id: "one" is not an identifier'),
        ("/console/accounts?on=yesterday", 422, "A day is written YYYY-MM-DD"),
        ("/console/accounts?teem=SMB", 422, "There is no such parameter here"),
        ("/console/accounts?q=ab", 422, "q"),
        ("/console/decisions?cursor=x", 422, '"x" is not written as it has to be'),
        ("/console/decisions?since=0001-01-01&until=9999-12-31", 200, "Decisions"),
        ("/console/decisions?since=9999-12-31", 200, "Decisions"),
        ("/console/decisions?until=0001-01-01", 200, "Decisions"),
        ("/console/nowhere", 404, "There is no page nowhere here"),
    ],
)
def test_what_goes_wrong_is_a_page(reader: Person, path: str, status: int, says: str) -> None:
    page = reader.get(path, status)

    assert says in page
    assert "Traceback" not in page


@pytest.mark.usefixtures("shown")
def test_one_mistake_is_told_once(reader: Person) -> None:
    assert reader.get("/console/decisions/one", 422).count("is not an identifier") == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("POST", "/console", 405, "GET"),
        ("POST", "/console/accounts", 405, "GET"),
        ("DELETE", "/console/sign-in", 405, "GET, POST"),
        ("POST", "/console/nowhere", 404, None),
    ],
)
def test_what_a_page_does_not_take_is_answered_with_a_page(
    reader: Person, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = reader.http.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers.get("Allow") == allowed


def test_a_database_that_is_away_is_a_page_too(reader: Person) -> None:
    with patch.object(SignInDesk, "find", side_effect=StoreUnavailableError("The database cannot be reached")):
        answer = reader.http.get("/console/accounts")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "The database cannot be reached" in answer.text
    assert "Load the page again in a moment" in answer.text


def test_a_page_takes_no_form(reader: Person) -> None:
    assert reader.post("/console/accounts").status_code == 405


def test_the_stylesheet_may_be_kept_for_ever_under_the_name_of_its_digest(reader: Person) -> None:
    for path in set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', reader.get("/console/me"))):
        answer = reader.http.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\.[0-9a-f]{16}\.(css|js|svg)$", path)
    assert reader.http.get("/console/static/console.css").status_code == 404


def test_every_fact_has_words() -> None:
    assert sorted(fact for fact in fact_names() if fact not in FACTS) == []
    assert fact_words("datafox_gap") == "gap of Datafox"


def statements(api: Api, ask: Callable[[], Any]) -> int:
    sent: list[str] = []
    note = lambda _, __, statement, *___: sent.append(statement)  # noqa: E731 - a listener
    event.listen(api.database.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(api.database.engine, "before_cursor_execute", note)
    return len([each for each in sent if not each.startswith(("SET", "BEGIN", "SELECT set_config"))])


@pytest.mark.parametrize(("name", "most"), MOST_STATEMENTS.items())
def test_a_page_asks_the_database_a_bounded_number_of_times(
    api: Api, shown: World, reader: Person, name: str, most: int
) -> None:
    path = shown.path(name)
    reader.get(path)

    assert statements(api, lambda: reader.get(path)) <= most


def test_the_pages_of_a_browser_are_all_the_pages_there_are() -> None:
    from tests.console.test_scopes import ROUTES  # noqa: PLC0415 - with what it imports

    shown = {re.sub(r"\{[a-z_]+\}", "", path.partition("?")[0]) for path in (*PAGES.values(), *OPEN_PAGES.values())}
    for method, route in ROUTES:
        if (
            method == "GET"
            and "static" not in route.path
            and not route.path.endswith((".csv", "/", "/payload", "/receipt"))
        ):
            pattern = re.sub(r"\{[a-z_]+\}", "[^/]*", route.path)
            assert any(re.fullmatch(pattern, path) for path in shown), f"visits.py has no page for {route.path}"
