"""Somebody signs in with their company's identity provider, and may do what their groups allow."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api import Api, serving
from tests.console.provider import (
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

LEAD = {"groups": ["everybody", "leads"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as found:
        yield found


@pytest.fixture
def company(database_url: str, provider: Provider) -> Iterator[Api]:
    """A service whose people sign in through the provider."""
    provider.tampered.clear()
    provider.told_apart.clear()
    with serving(database_url, clock=machine_clock(), signs_on=provider.signs_on) as served:
        yield served


@pytest.fixture
def colleague(company: Api, provider: Provider) -> Iterator[Colleague]:
    """Somebody who has an account with the provider, and is a lead."""
    provider.knows("sub-1", email="lead@example.com", email_verified=True, **LEAD)
    with Colleague(company, provider, "sub-1") as found:
        yield found


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


def test_groups_are_read_anew_within_the_hour_without_a_word(company: Api, colleague: Colleague) -> None:
    colleague.sign_on()
    token = colleague.http.cookies["chalkline_console"]
    colleague.provider.knows("sub-1", groups=["first-order"])
    company.clock.advance(minutes=59)
    assert colleague.get("/console/me").count("</svg>Yes</span>") == 2
    company.clock.advance(minutes=1)

    asked = colleague.http.get("/console/accounts?q=sample")
    assert asked.headers["location"] == f"{SIGN_ON}?next=%2Fconsole%2Faccounts%3Fq%3Dsample&silent=true"
    url = colleague.leave(asked.headers["location"])
    assert asked_of(url)["prompt"] == "none"
    back = colleague.come_back(colleague.agree(url, prompt=""))  # the provider knows them still

    assert (back.status_code, back.headers["location"]) == (303, "/console/accounts?q=sample")
    assert colleague.http.cookies["chalkline_console"] == token  # so that forms in other windows go on to work
    me = colleague.get("/console/me")
    assert "Key Accounts First Order" in me
    assert "<b>review</b>" in me
    assert me.count("</svg>Yes</span>") == 2


def test_whom_the_provider_knows_no_longer_signs_in_again(company: Api, colleague: Colleague) -> None:
    colleague.sign_on()
    company.clock.advance(minutes=30)
    colleague.get("/console/me")
    company.clock.advance(minutes=30)
    url = colleague.leave(colleague.http.get("/console/me").headers["location"])

    back = colleague.come_back(colleague.agree(url))  # which says login_required

    assert back.status_code == 401
    assert "asks you to sign in again" in back.text
    assert 'name="next" value="/console/me"' in back.text
    assert colleague.http.get("/console/me").headers["location"].startswith("/console/sign-in")


def test_whose_groups_were_taken_is_out_at_the_next_reading(company: Api, colleague: Colleague) -> None:
    colleague.sign_on()
    colleague.provider.knows("sub-1", groups=[])
    company.clock.advance(minutes=30)
    colleague.get("/console/me")
    company.clock.advance(minutes=30)
    url = colleague.leave(colleague.http.get("/console/me").headers["location"])

    assert colleague.come_back(colleague.agree(url, prompt="")).status_code == 403

    assert colleague.http.get("/console/me").headers["location"].startswith("/console/sign-in")


def test_a_form_does_nothing_once_the_groups_are_to_be_read_anew(company: Api, colleague: Colleague) -> None:
    colleague.sign_on()
    company.clock.advance(minutes=59)
    page = colleague.get("/console/me")
    form_token = page.partition('name="form_token" value="')[2].partition('"')[0]
    company.clock.advance(minutes=1)

    answer = colleague.http.post("/console/sign-out", data={"form_token": form_token})

    assert answer.headers["location"] == "/console/sign-in"


def test_signing_out_ends_the_session_here_and_offers_to_end_that_of_the_provider(colleague: Colleague) -> None:
    colleague.sign_on()
    token = colleague.http.cookies["chalkline_console"]

    answer = colleague.post("/console/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in?left=true")
    page = colleague.get(answer.headers["location"])
    assert f'href="{colleague.provider.issuer}/oauth2/end_session?client_id=chalkline"' in page
    again = colleague.http.get("/console/me", headers={"Cookie": f"chalkline_console={token}"})
    assert again.status_code == 303


def test_somebody_else_in_the_same_browser_gets_a_session_of_their_own(company: Api, colleague: Colleague) -> None:
    colleague.sign_on()
    before = colleague.http.cookies["chalkline_console"]
    colleague.provider.knows("sub-9", groups=["first-order"])
    colleague.subject = "sub-9"

    colleague.sign_on()

    assert "You act as <bdi>sub-9</bdi>" in colleague.get("/console/me")
    assert company.desk.find(before) is None


def test_the_session_of_somebody_is_no_link_of_the_first_start(colleague: Colleague) -> None:
    colleague.sign_on()

    colleague.get(f"/console/first-key/{colleague.http.cookies['chalkline_console']}", 410)


def test_the_provider_describes_itself_once_an_hour(company: Api, colleague: Colleague) -> None:
    def described() -> int:
        return colleague.provider.asked.count("/.well-known/openid-configuration")

    before = described()
    colleague.sign_on()
    colleague.sign_on()
    assert described() == before + 1

    company.clock.advance(hours=1)
    colleague.leave()

    assert described() == before + 2


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
