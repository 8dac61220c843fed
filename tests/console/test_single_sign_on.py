"""Somebody signs in with their company's identity provider, and may do what their groups allow."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api import Api, serving
from tests.console.provider import (
    LEAD,
    SIGN_ON,
    Colleague,
    Provider,
    asked_of,
    machine_clock,
    providing,
    with_query,
)
from tests.console.sending import send
from tests.console.test_reviews import opened
from tests.console.visiting import Person


def put_person(company: Api, person_id: str, name: str, email: str) -> None:
    body = {"name": name, "email": email, "role": "ae", "active_from": "2020-01-01"}
    assert company.http.put(f"/v1/people/{person_id}", json=body).status_code in {200, 201}


def test_somebody_signs_in_with_their_company_and_goes_on_to_where_they_were_going(colleague: Colleague) -> None:
    page = colleague.get("/console/sign-in?next=/console/accounts%3Fteam%3DSMB")
    assert "Sign in with your company's account" in page
    assert f'href="{SIGN_ON}?next=%2Fconsole%2Faccounts%3Fteam%3DSMB"' in page
    assert 'name="key"' in page  # a key does as well

    url = colleague.leave(f"{SIGN_ON}?next=/console/accounts%3Fteam%3DSMB")

    asked = asked_of(url)
    assert url.startswith(f"{colleague.provider.issuer}/oauth2/authorize?")
    assert (asked["response_type"], asked["scope"]) == ("code", "openid profile email")
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[each]) for each in ("state", "nonce", "code_challenge")) == 43
    back = colleague.come_back(colleague.agree(url))
    assert (back.status_code, back.headers["location"]) == (303, "/console/accounts?team=SMB")
    me = colleague.get("/console/me")
    assert "You act as <bdi>lead@example.com</bdi>" in me
    assert colleague.provider.issuer in me
    assert me.count("</svg>Yes</span>") == 2


def test_the_cookie_of_the_way_back_lasts_ten_minutes_and_is_dropped_at_its_end(colleague: Colleague) -> None:
    left = colleague.http.get(SIGN_ON)

    for part in ("HttpOnly", "Max-Age=600", "SameSite=lax", "Path=/console"):
        assert part in left.headers["set-cookie"]
    colleague.come_back(colleague.agree(left.headers["location"]))
    assert "chalkline_sign_on" not in colleague.http.cookies


def test_the_groups_give_scopes_and_the_team(company: Api, provider: Provider) -> None:
    provider.knows("sub-2", groups=["first-order", "leads"])
    with Colleague(company, provider, "sub-2") as both:
        both.sign_on()

        me = both.get("/console/me")
        assert me.count("</svg>Yes</span>") == 3
        assert "Key Accounts First Order" in me
        assert "You act as <bdi>sub-2</bdi>" in me
        assert "none of your groups gives it" in both.get("/console/accounts/acc-1/dispute", 403)


@pytest.mark.parametrize("groups", [[], ["everybody"], None, 7, {"leads": True}, [["leads"]]])
def test_who_is_in_no_group_that_allows_anything_is_told_so(company: Api, provider: Provider, groups: object) -> None:
    provider.knows("sub-3", groups=groups)
    with Colleague(company, provider, "sub-3") as outsider:
        assert outsider.sign_on().status_code == 403
        assert "chalkline_console" not in outsider.http.cookies


@pytest.mark.parametrize(("subject", "status"), [("sub-4", 303), ("sub-5", 403)])
def test_groups_that_are_not_in_the_token_are_asked_for_and_believed_of_the_same_subject(
    company: Api, provider: Provider, subject: str, status: int
) -> None:
    provider.knows("sub-4", email="four@example.com", email_verified=True)
    provider.told_apart |= {"sub": subject, **LEAD}
    with Colleague(company, provider, "sub-4") as somebody:
        assert somebody.sign_on().status_code == status


def test_who_comes_back_with_another_state_is_not_signed_in(colleague: Colleague) -> None:
    back = colleague.agree(colleague.leave())

    answer = colleague.come_back(with_query(back, state="x" * 43))

    assert answer.status_code == 401
    assert "This browser did not begin to sign in" in answer.text
    assert colleague.http.get("/console").status_code == 303


def test_another_browser_than_the_one_that_left_is_not_signed_in(company: Api, colleague: Colleague) -> None:
    back = colleague.agree(colleague.leave())
    with Person(company) as other:
        assert other.http.get(back).status_code == 401
        forged = colleague.http.cookies["chalkline_sign_on"].partition(".")[0] + "." + "0" * 64
        assert other.http.get(back, headers={"Cookie": f"chalkline_sign_on={forged}"}).status_code == 401
        assert other.http.get(f"{SIGN_ON}/callback").status_code == 401
    assert colleague.come_back(back).status_code == 303


def test_who_takes_more_than_ten_minutes_begins_anew(company: Api, colleague: Colleague) -> None:
    back = colleague.agree(colleague.leave())
    company.clock.advance(minutes=10)

    assert colleague.come_back(back).status_code == 401


def test_the_way_back_leads_in_once(colleague: Colleague) -> None:
    back = colleague.agree(colleague.leave())
    kept = colleague.http.cookies["chalkline_sign_on"]
    assert colleague.come_back(back).status_code == 303

    again = colleague.http.get(back, headers={"Cookie": f"chalkline_sign_on={kept}"})

    assert again.status_code == 401
    assert "it was used, or is too old" in again.text


def test_a_token_for_another_attempt_signs_nobody_in(colleague: Colleague) -> None:
    answer = colleague.come_back(colleague.agree(colleague.leave(), nonce="another"))

    assert answer.status_code == 401
    assert "not to be believed: invalid_claim (nonce)" in answer.text


def test_a_token_of_another_issuer_signs_nobody_in(colleague: Colleague) -> None:
    port = colleague.provider.server.server_port
    colleague.provider.tampered["HTTP_HOST"] = f"localhost:{port}"

    answer = colleague.sign_on()

    assert answer.status_code == 401
    assert "not to be believed: invalid_claim (iss)" in answer.text


def test_a_token_for_another_client_signs_nobody_in(colleague: Colleague) -> None:
    other = "Basic c29tZWJvZHk6c2VjcmV0"
    url = with_query(colleague.leave(), client_id="somebody")
    colleague.provider.tampered["HTTP_AUTHORIZATION"] = other

    answer = colleague.come_back(colleague.agree(url))

    assert answer.status_code == 401
    assert "not to be believed: invalid_claim (aud)" in answer.text


def test_a_token_that_has_expired_signs_nobody_in(database_url: str) -> None:
    with (
        providing(tokens_last=timedelta(minutes=5)) as slow,
        serving(database_url, clock=machine_clock(), signs_on=slow.signs_on) as company,
        Colleague(company, slow, "sub-1") as late,
    ):
        slow.knows("sub-1", **LEAD)
        assert late.sign_on().status_code == 303
        company.clock.advance(minutes=7)

        answer = late.sign_on()

    assert answer.status_code == 401
    assert "not to be believed: expired_token" in answer.text


def test_whoever_the_provider_does_not_sign_in_is_told_so(colleague: Colleague) -> None:
    url = colleague.leave()
    denied = colleague.provider.http.post(url, data={"action": "deny"}).headers["location"]

    answer = colleague.come_back(with_query(denied, state=asked_of(url)["state"]))

    assert answer.status_code == 401
    assert "did not sign you in" in answer.text


def test_a_provider_that_is_away_is_said_to_be_and_a_key_does_still(database_url: str) -> None:
    with providing() as gone:
        pass
    with (
        serving(database_url, clock=machine_clock(), signs_on=gone.signs_on) as company,
        Person(company) as somebody,
    ):
        page = somebody.get(f"{SIGN_ON}?next=/console/me", 503)

        assert "The provider of your company's accounts does not answer" in page
        assert 'name="key"' in page
        assert 'name="next" value="/console/me"' in page
        somebody.sign_in("by-key")


def test_a_provider_that_goes_away_meanwhile_is_said_to_be(database_url: str) -> None:
    with providing() as going, serving(database_url, clock=machine_clock(), signs_on=going.signs_on) as company:
        going.knows("sub-1", **LEAD)
        with Colleague(company, going, "sub-1") as somebody:
            back = somebody.agree(somebody.leave())
            going.tampered["REQUEST_METHOD"] = "TRACE"
            assert somebody.come_back(back).status_code == 401


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/console", "//example.com", "/v1/accounts", "/console/../v1"]
)
def test_signing_in_leads_nowhere_but_into_the_console(colleague: Colleague, elsewhere: str) -> None:
    back = colleague.come_back(colleague.agree(colleague.leave(with_query(SIGN_ON, next=elsewhere))))

    assert (back.status_code, back.headers["location"]) == (303, "/console")


def test_a_verified_email_joins_somebody_to_their_person_once(company: Api, colleague: Colleague) -> None:
    put_person(company, "sample-lead", "Sample Lead", "Lead@Example.com")
    colleague.sign_on()
    assert "You act as <bdi>Sample Lead</bdi>" in colleague.get("/console/me")

    colleague.provider.knows("sub-1", email="married@example.com", email_verified=True, **LEAD)
    colleague.sign_on()

    assert "You act as <bdi>Sample Lead</bdi>" in colleague.get("/console/me")
    with company.database.engine.connect() as connection:
        joined = connection.execute(text("SELECT subject, person_id, email FROM person_subjects")).all()
    assert [tuple(each) for each in joined] == [("sub-1", "sample-lead", "lead@example.com")]


@pytest.mark.parametrize("verified", [False, None, "yes", 1])
def test_an_unverified_email_joins_nobody_and_names_nobody(
    company: Api, colleague: Colleague, verified: object
) -> None:
    put_person(company, "sample-lead", "Sample Lead", "lead@example.com")
    colleague.provider.knows("sub-1", email="lead@example.com", email_verified=verified, **LEAD)

    colleague.sign_on()

    assert "You act as <bdi>sub-1</bdi>" in colleague.get("/console/me")


def test_an_email_of_two_people_joins_neither(company: Api, colleague: Colleague) -> None:
    put_person(company, "sample-one", "Sample One", "lead@example.com")
    put_person(company, "sample-two", "Sample Two", "lead@example.com")

    colleague.sign_on()

    assert "You act as <bdi>lead@example.com</bdi>" in colleague.get("/console/me")


def test_what_somebody_does_is_recorded_under_their_name(company: Api, colleague: Colleague) -> None:
    put_person(company, "sample-lead", "Sample Lead", "lead@example.com")
    review = opened(company, "resolved-by-a-lead")
    path = f"/console/reviews/{review}"
    colleague.sign_on()

    answer = send(colleague, path, f"{path}/resolution", {"segment": "SMB", "reason": "As the company says it is"})

    assert answer.status_code == 303, answer.text
    assert company.get(f"/v1/reviews/{review}")["resolution"]["decided_by"] == "Sample Lead"


def test_where_no_provider_is_set_up_nothing_of_it_is_there(api: Api) -> None:
    with Person(api) as somebody:
        assert "company" not in somebody.get("/console/sign-in?left=true")
        for path in (SIGN_ON, f"{SIGN_ON}/callback?code=1&state=2"):
            somebody.get(path, 404)


def test_under_a_path_of_a_proxy_the_way_back_has_it_too(database_url: str, provider: Provider) -> None:
    provider.knows("sub-1", **LEAD)
    with (
        serving(database_url, clock=machine_clock(), signs_on=provider.signs_on, root_path="/chalkline") as company,
        Colleague(company, provider, "sub-1") as colleague,
    ):
        url = colleague.leave(f"/chalkline{SIGN_ON}")
        assert url.startswith(provider.issuer)
        assert asked_of(url)["redirect_uri"] == f"{company.url}/chalkline{SIGN_ON}/callback"

        assert colleague.come_back(colleague.agree(url)).headers["location"] == "/chalkline/console"
