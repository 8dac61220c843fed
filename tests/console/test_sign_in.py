"""Somebody signs in with a key, and stays signed in for as long as that holds."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.domain.keys import Scope
from tests.api import Api
from tests.console.visiting import Person


def test_who_has_not_signed_in_does_so_first_and_goes_on_to_where_they_were_going(api: Api, somebody: Person) -> None:
    asked = somebody.http.get("/console/accounts?q=acme&team=SMB")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/console/sign-in?next=%2Fconsole%2Faccounts%3Fq%3Dacme%26team%3DSMB",
    )
    key = api.key("goes-on")["Authorization"].removeprefix("Bearer ")

    went = somebody.post("/console/sign-in", asked.headers["location"], key=key, next="/console/accounts?q=acme")

    assert (went.status_code, went.headers["location"]) == (303, "/console/accounts?q=acme")
    assert "No account fits" in somebody.get("/console/accounts?q=nobody-at-all")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.com/console",
        "//example.com/console",
        "/\\example.com",
        "/v1/accounts",
        "/console/../v1/accounts",
        "/console//example.com",
        "javascript:alert(1)",
        "/consoles",
        "/console\r\nSet-Cookie: a=b",
    ],
)
def test_signing_in_leads_nowhere_but_into_the_console(api: Api, somebody: Person, elsewhere: str) -> None:
    name = f"goes-{abs(hash(elsewhere))}"
    key = api.key(name)["Authorization"].removeprefix("Bearer ")

    went = somebody.post("/console/sign-in", "/console/sign-in", key=key, next=elsewhere)

    assert (went.status_code, went.headers["location"]) == (303, "/console")
    assert "set-cookie" in went.headers
    assert "a=b" not in went.headers["set-cookie"]


@pytest.mark.parametrize("key", ["", "   ", "chalk_wrong", "x" * 5000, "\u202e", "a\u0000b"])
def test_a_key_that_does_not_work_lets_nobody_in(somebody: Person, key: str) -> None:
    answer = somebody.post("/console/sign-in", "/console/sign-in", key=key)

    assert answer.status_code == 401
    assert "This key does not work" in answer.text
    assert somebody.http.get("/console").status_code == 303


def test_the_cookie_tells_nothing_and_is_not_the_one_from_before(api: Api, somebody: Person) -> None:
    first = somebody.http.get("/console/sign-in").headers["set-cookie"]
    before = somebody.http.cookies["chalkline_console"]

    somebody.sign_in("cookie")

    after = somebody.http.cookies["chalkline_console"]
    assert before != after
    for part in ("HttpOnly", "SameSite=lax", "Path=/console"):
        assert part in first
    assert "Secure" not in first  # of this machine, without https
    with api.database.engine.connect() as connection:
        kept = connection.execute(text("SELECT hash FROM console_sessions")).scalars().all()
    assert after not in kept


def test_elsewhere_than_on_this_machine_the_cookie_goes_over_https_alone(somebody: Person) -> None:
    answer = somebody.http.get("/console/sign-in", headers={"Host": "chalkline.example.com"})

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(("minutes", "clicks"), [(61, 1), (59, 13)])
def test_an_hour_without_a_click_or_twelve_in_all_end_it(fresh_api: Api, minutes: int, clicks: int) -> None:
    with Person(fresh_api).sign_in("sleeper") as somebody:
        for _ in range(clicks - 1):
            fresh_api.clock.advance(minutes=minutes)
            status = somebody.http.get("/console/me").status_code
            assert status == 200 or clicks == 13
        fresh_api.clock.advance(minutes=minutes)

        assert somebody.http.get("/console/me").status_code == 303


def test_a_click_now_and_then_keeps_somebody_signed_in(fresh_api: Api) -> None:
    with Person(fresh_api).sign_in("worker") as somebody:
        for _ in range(13):
            fresh_api.clock.advance(minutes=50)
            assert somebody.http.get("/console/me").status_code == 200


def test_a_session_is_gone_with_its_key(fresh_api: Api) -> None:
    with Person(fresh_api).sign_in("revoked") as revoked, Person(fresh_api).sign_in("expired", days=1) as expired:
        fresh_api.revoke("revoked")
        assert revoked.http.get("/console/me").status_code == 303
        assert expired.http.get("/console/me").status_code == 200

        fresh_api.clock.advance(hours=11)
        fresh_api.clock.at += timedelta(hours=13)
        assert expired.http.get("/console/me").status_code == 303


def test_who_signs_out_is_out_also_with_the_old_cookie(somebody: Person) -> None:
    somebody.sign_in("leaves")
    cookie = somebody.http.cookies["chalkline_console"]

    answer = somebody.post("/console/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    assert "chalkline_console" not in somebody.http.cookies
    again = somebody.http.get("/console/me", headers={"Cookie": f"chalkline_console={cookie}"})
    assert again.status_code == 303


def test_a_page_says_who_is_signed_in_and_what_they_may(somebody: Person) -> None:
    page = somebody.sign_in("me-myself", Scope.READ, Scope.DISPUTE).get("/console/me")

    assert "You act as <bdi>me-myself</bdi>" in page
    assert page.count("</svg>Yes</span>") == 2
    assert page.count("</svg>No</span>") == len(Scope) - 2


def test_sessions_that_are_over_are_forgotten(fresh_api: Api) -> None:
    with Person(fresh_api).sign_in("first"):
        fresh_api.clock.advance(hours=13)
    with Person(fresh_api).sign_in("second"):
        pass

    with fresh_api.database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM console_sessions")) == 1


def test_a_link_of_the_first_start_makes_a_key_once(fresh_api: Api) -> None:
    path = f"/console/first-key/{fresh_api.desk.make_link()}"
    with Person(fresh_api) as somebody, Person(fresh_api) as late:
        for _ in range(2):
            assert "Make your key" in somebody.get(path)  # a preview spends nothing
        assert somebody.post(path, path, name="not a name").status_code == 422

        made = somebody.post(path, path, name="sample-admin")

        assert made.status_code == 200
        assert made.headers["cache-control"] == "no-store"
        key = made.text.partition("chalk_")[2][:49]
        assert fresh_api.http.get("/v1/decisions", headers={"Authorization": f"Bearer chalk_{key}"}).status_code == 200
        assert "You act as <bdi>sample-admin</bdi>" in somebody.get("/console/me")
        assert "The link is spent" in late.get(path, 410)
        assert somebody.post(path, name="sample-other").status_code == 410


def test_a_link_of_the_first_start_is_good_for_a_quarter_of_an_hour(fresh_api: Api) -> None:
    path = f"/console/first-key/{fresh_api.desk.make_link()}"
    fresh_api.clock.advance(minutes=15)
    with Person(fresh_api) as somebody:
        assert "older than 15 minutes" in somebody.get(path, 410)


def test_a_name_that_is_taken_does_not_spend_the_link(fresh_api: Api) -> None:
    path = f"/console/first-key/{fresh_api.desk.make_link()}"
    with Person(fresh_api) as somebody:
        assert somebody.post(path, path, name="tester").status_code == 409
        assert somebody.post(path, path, name="sample-admin").status_code == 200


def test_the_link_of_somebody_s_session_is_no_link(somebody: Person) -> None:
    somebody.sign_in("no-link")

    somebody.get(f"/console/first-key/{somebody.http.cookies['chalkline_console']}", 410)
