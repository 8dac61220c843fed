"""What becomes of somebody who signed in with their company: groups are read anew, and they sign out."""

from tests.api import Api
from tests.console.provider import SIGN_ON, Colleague, asked_of


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
