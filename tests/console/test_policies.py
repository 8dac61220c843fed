"""A policy is read as a document, and revised: drafted, looked at, tried, published, applied."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api, eventually, serving
from tests.console.visiting import Person

CHANGED = {"first_order_min_employees": "900", "effective_from": "2026-01-05", "reason": "Fewer accounts fit the team."}
pytestmark = pytest.mark.usefixtures("linted_once")
NEW = "/console/policies/drafts/new"


@pytest.fixture(scope="module")
def editor(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("editor")


@pytest.fixture
def working(database_url: str) -> Iterator[Api]:
    """The service over a fresh database, with its background at work."""
    with serving(database_url, at_work=True) as served:
        yield served


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def parameters(page: str) -> dict[str, str]:
    """What the form of a draft states, as it is."""
    return dict(re.findall(r'<input name="([a-z_0-9]+)" value="([^"]*)" maxlength="4000"', page))


def sent(answer: httpx.Response) -> str:
    """Where a form led to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def draft(person: Person, **changed: str) -> httpx.Response:
    """Send the form of a draft, all of it, as a browser does."""
    form = parameters(person.get(NEW)) | {"policy_id": "fy23", "effective_until": ""} | CHANGED | changed
    return person.post("/console/policies/drafts", NEW, **form)


def test_a_policy_is_a_document_with_what_rests_on_it(api: Api, editor: Person) -> None:
    told = api.classify(id="acc-doc", df=12)

    page = editor.get("/console/policies/fy23")

    said = api.http.get("/v1/policies/fy23").json()
    for rule in said["rules"]:
        assert f'id="{rule["rule"]}"' in page
        assert rule["citation"]["gist"][1:].rstrip(".") in page
    for each in said["parameters_explained"]:
        assert each["meaning"] in page
    assert f'href="/console/accounts?rule={told["rule"]}"' in page
    assert "Published" in page


def test_every_clause_of_a_decision_leads_to_its_place_in_the_policy(api: Api, editor: Person) -> None:
    wrong = {"df": "Counts one office only."}
    cases: list[dict[str, Any]] = [{"df": 12, "wrong": wrong, "zi": 936}, {"df": "201-900"}, {"df": 12, "wrong": wrong}]
    decided = [api.classify(id=f"acc-link-{n}", **facts)["id"] for n, facts in enumerate(cases)]
    policy = editor.get("/console/policies/fy23?version=1")
    anchors = set(re.findall(r' id="([^"]+)"', policy))

    for decision in decided:
        links = re.findall(
            r'href="(/console/policies/fy23\?version=1#([^"]+))"', editor.get(f"/console/decisions/{decision}")
        )
        assert links
        assert {anchor for _, anchor in links} <= anchors


def test_only_what_is_changed_counts_in_a_draft(api: Api, editor: Person) -> None:
    path = sent(draft(editor))

    made = api.http.get(f"/v1{path.removeprefix('/console')}").json()
    assert made["changes"] == {"first_order_min_employees": {"before": 500, "after": 900}}
    assert (made["drafted_by"], made["reason"]) == ("editor", CHANGED["reason"])
    page = text(editor.get(path))
    assert "From how many employees First Order owns it. before: 500 → now: 900" in page
    assert "Open" in page
    assert path in editor.get("/console/policies/drafts")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"first_order_min_employees": "500"}, "Every parameter of fy23 revision"),
        ({"first_order_min_employees": "many"}, "Input should be a valid integer"),
        ({"first_order_regions": "NORAM;EMEA"}, "regions are parted by commas alone"),
        ({"effective_from": "1999-01-01"}, "The policy fy23 begins on"),
        ({"effective_until": "2026-01-01"}, "It must be after effective_from"),
        ({"effective_from": "soon"}, "A day is written YYYY-MM-DD"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_a_draft_that_cannot_be_keeps_its_form(editor: Person, changed: dict[str, str], says: str) -> None:
    answer = draft(editor, **changed)

    page = Person.shown(answer)
    assert answer.status_code == 422
    assert says in page
    assert f'value="{changed.get("first_order_min_employees", "900")}"' in page


def test_a_form_that_is_sent_twice_drafts_once(editor: Person) -> None:
    once = re.search(r'name="once" value="([^"]+)"', editor.get(NEW))
    assert once is not None

    assert sent(draft(editor, once=once[1])) == sent(draft(editor, once=once[1]))
    other = draft(editor, once=once[1], reason="Another reason.")
    assert other.status_code == 422
    assert "This form was sent before, with something else in it, and that was done" in Person.shown(other)
    assert "Idempotency" not in other.text


def test_a_draft_is_compared_and_its_witnesses_can_be_tried(editor: Person) -> None:
    path = sent(draft(editor))

    waiting = editor.get(f"{path}/comparison")
    page = editor.get(f"{path}/comparison?run=true")

    assert f'content="0; url={path}/comparison?run=true"' in waiting
    assert "It takes some seconds" in waiting
    cases = re.findall(r'href="(/console/try\?[^"]+)"', page)
    assert cases
    assert "would own it" in editor.get(cases[0])


def test_a_backtest_leads_from_each_number_to_those_who_would_move(api: Api, editor: Person) -> None:
    moving = api.classify(id="acc-moves", name="Sample Mover", df=600, lam_dev_count=10, max_family_employees=600)
    assert moving["team"] == "MMKAFO"
    path = sent(draft(editor))

    page = editor.get(f"{path}/backtest?run=true")

    cell = re.search(r'href="([^"]+)" aria-label="\d+ from Key Accounts First Order to Mid-Market Territory"', page)
    assert cell is not None
    assert "Those who would move are being found" in editor.get(cell[1])
    assert "Sample Mover" in editor.get(f"{cell[1]}&run=true")
    assert "acc-moves" in editor.http.get(f"{path}/movers.csv").text


def test_a_draft_is_published_after_it_was_said_what_that_does(fresh_api: Api) -> None:
    with Person(fresh_api).sign_in("publisher") as person:
        path = sent(draft(person))
        asked = person.get(f"{path}/publish")
        assert "Publishes revision 2 of fy23" in asked

        assert sent(person.post(f"{path}/publish", f"{path}/publish")) == path

        assert "Published as revision 2" in person.get(path)
        assert "there is nothing to publish" in person.get(f"{path}/publish")
        assert person.post(f"{path}/publish", path).status_code == 409
        policy = person.get("/console/policies/fy23")
        assert "Published by publisher" in text(policy)
        assert CHANGED["reason"] in policy

        back = person.post("/console/policies/fy23/roll-back", to="1", reason="It was not meant so.", effective_from="")
        assert "now: 500" in text(person.get(sent(back)))
        assert person.post("/console/policies/fy23/roll-back", to="7", reason="It was not meant.").status_code == 409


def test_a_form_that_was_open_while_another_draft_was_published_undoes_nothing(fresh_api: Api) -> None:
    with Person(fresh_api).sign_in("publisher") as person:
        open_since = parameters(person.get(NEW)) | {"policy_id": "fy23", "version": "1"} | CHANGED
        path = sent(draft(person))
        assert sent(person.post(f"{path}/publish", f"{path}/publish")) == path

        form = open_since | {"first_order_min_employees": "500", "handoff_days": "9"}
        made = sent(person.post("/console/policies/drafts", NEW, **form))

        drafted = fresh_api.http.get(f"/v1{made.removeprefix('/console')}").json()
        assert drafted["changes"] == {"handoff_days": {"before": 7, "after": 9}}


def test_a_second_person_publishes_where_that_is_asked_for(database_url: str) -> None:
    with serving(database_url, second_key=True) as api, Person(api).sign_in("one") as one:
        path = sent(draft(one))

        assert "another person has to publish it" in one.get(f"{path}/publish")
        assert one.post(f"{path}/publish", path).status_code == 403
        with Person(api).sign_in("other") as other:
            assert "Publish it for good" in other.get(f"{path}/publish")
            assert sent(other.post(f"{path}/publish", path)) == path


def test_a_draft_is_withdrawn_with_the_reason(editor: Person) -> None:
    path = sent(draft(editor))

    assert editor.post(f"{path}/withdrawal", path, reason="short").status_code == 422
    assert sent(editor.post(f"{path}/withdrawal", path, reason="It is not wanted any more.")) == path

    page = editor.get(path)
    assert "Withdrawn by editor" in text(page)
    assert "It is not wanted any more." in page
    assert editor.post(f"{path}/publish", path).status_code == 409


def test_a_revision_is_applied_after_a_dry_run(working: Api) -> None:
    working.classify(id="acc-apply", df=600, lam_dev_count=10, max_family_employees=600)
    with Person(working).sign_in("applier") as person:
        path = sent(draft(person))
        sent(person.post(f"{path}/publish", path))

        tried = sent(person.post("/console/policies/fy23/application", "/console/policies/fy23", dry_run="true"))
        eventually(lambda: "Apply the revision" in person.get(tried))
        page = text(person.get(tried))
        assert "1 account decided anew, 1 would move" in page
        assert "Nothing was recorded." in page
        assert standing(working) == ("MMKAFO", 1)

        done = sent(person.post("/console/policies/fy23/application", tried))
        eventually(lambda: "it ended" in person.get(done))
        assert "1 account decided anew, 1 moved" in text(person.get(done))
        assert standing(working) == ("MM_TERRITORY", 2)


def standing(api: Api) -> tuple[Any, Any]:
    decision = api.get("/v1/accounts/acc-apply")["decision"]
    return decision["team"], decision["policy"]["version"]


def test_who_may_only_read_sees_no_form(api: Api, editor: Person) -> None:
    path = sent(draft(editor))
    with Person(api).sign_in("looker", Scope.READ) as looker:
        for page in (looker.get("/console/policies/fy23"), looker.get(path)):
            assert page.count('method="post"') == 1  # to sign out
            assert "a key with the scope admin" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/console/policies/fy99", 404),
        ("/console/policies/fy23?version=99", 404),
        ("/console/policies/fy23?version=0", 422),
        ("/console/policies/drafts/new?policy_id=fy99", 404),
        ("/console/policies/drafts/0198c0de-0000-7000-a000-000000000001", 404),
        ("/console/policies/drafts/0198c0de-0000-7000-a000-000000000001/backtest", 404),
        ("/console/policies/drafts/one", 422),
        ("/console/policy-applications/0198c0de-0000-7000-a000-000000000001", 404),
    ],
)
def test_what_there_is_not_is_a_page(editor: Person, path: str, status: int) -> None:
    assert "Traceback" not in editor.get(path, status)
