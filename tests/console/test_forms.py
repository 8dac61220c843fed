"""A form is taken from the console's own pages alone."""

import httpx
import pytest

from tests.api import Api
from tests.console.visiting import TOKEN, Person


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://example.com"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["/console/sign-out", "/console/sign-in"])
def test_a_form_of_another_site_is_refused(somebody: Person, headers: dict[str, str], path: str) -> None:
    somebody.sign_in(f"crossed-{abs(hash((str(headers), path)))}")
    token = TOKEN.search(somebody.get("/console/me"))
    assert token is not None

    refused = somebody.http.post(path, data={"form_token": token[1]}, headers=headers)

    assert refused.status_code == 403
    assert "sent from another site" in refused.text
    assert somebody.http.get("/console/me").status_code == 200


def test_a_browser_that_does_not_say_where_a_form_is_from_is_held_to_its_origin(somebody: Person) -> None:
    somebody.sign_in("old-browser")
    del somebody.http.headers["Sec-Fetch-Site"]
    page = somebody.get("/console/me")
    token = TOKEN.search(page)
    assert token is not None
    form = {"form_token": token[1]}

    foreign = somebody.http.post("/console/sign-out", data=form, headers={"Origin": "https://example.com"})
    own = somebody.http.post("/console/sign-out", data=form, headers={"Origin": somebody.api.url})

    assert (foreign.status_code, own.status_code) == (403, 303)


@pytest.mark.parametrize("path", ["/console/sign-out", "/console/sign-in"])
@pytest.mark.parametrize("token", ["", "0" * 64, "\u00fc"])
def test_a_form_without_the_token_of_its_page_is_refused(somebody: Person, token: str, path: str) -> None:
    somebody.sign_in(f"token-{token[:1]}-{path[-3:]}")

    refused = somebody.http.post(path, data={"form_token": token})

    assert refused.status_code == 403
    assert "not of the page that you have open" in refused.text
    assert "Open the page again, and send its form from there" in refused.text


def test_the_token_of_one_is_not_that_of_another(api: Api) -> None:
    with Person(api).sign_in("one") as one, Person(api).sign_in("other") as other:
        token = TOKEN.search(one.get("/console/me"))
        assert token is not None
        assert other.http.post("/console/sign-out", data={"form_token": token[1]}).status_code == 403


def test_without_a_cookie_a_form_says_what_keeps_one(api: Api) -> None:
    refused = httpx.post(f"{api.url}/console/sign-in", data={"key": "chalk_x"})

    assert refused.status_code == 403
    assert "begins with https" in refused.text


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{}", "application/json", 415),
        ("key=a&key=b", "application/x-www-form-urlencoded", 422),
        ("key=%ff", "application/x-www-form-urlencoded", 422),
        ("&".join(f"a{n}=b" for n in range(300)), "application/x-www-form-urlencoded", 422),
        ("key=" + "x" * 70_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_form_is_refused(somebody: Person, body: str, content_type: str, status: int) -> None:
    somebody.http.get("/console/sign-in")

    answer = somebody.http.post("/console/sign-in", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
