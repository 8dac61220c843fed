"""What the VP does at the console: look at the queue, answer reviews, one or many, and revise an answer."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.browser.visits import HOSTILE
from tests.console.sending import form_on, send, send_twice, wrong_beside
from tests.console.visiting import Person

WRONG = {"df": "Counts one office only."}
REASON = "The filing of last year says so."


@pytest.fixture(scope="module")
def vp(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("sample-vp")


def opened(api: Api, account: str, **more: Any) -> str:  # noqa: ANN401 - any fact
    """A review that blocks."""
    known: dict[str, Any] = {"id": account, "name": f"Sample {account}", "df": 12, "wrong": WRONG}
    found: str = api.classify(**known | more)["review_id"]
    return found


def disputed(api: Api, account: str) -> str:
    api.classify(id=account, name=f"Sample {account}", df=640, max_family_employees=640)
    said = {"reason": REASON, "employee_counts": [{"source": "linkedin", "employees": 70}]}
    answer = api.http.post(f"/v1/accounts/{account}/disputes", json=said)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def told(text: str) -> str:
    """A page as it is read, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(text)).split())


def test_the_queue_says_what_each_answer_would_lead_to_and_what_blocks_comes_first(api: Api, vp: Person) -> None:
    disputed(api, "queue-dispute")
    opened(api, "queue-size", region="EMEA")

    page = told(vp.get("/console/reviews"))

    assert "Mid-Market: it goes to Mid-Market Territory, final." in page or "Mid-Market: it goes to" in page
    assert page.index("Sample queue-size") < page.index("Sample queue-dispute")
    row = page.partition("Sample queue-size")[2].partition("Sample queue-dispute")[0]
    assert "EMEA" in row
    assert "Datafox 12 Set aside: Counts one office only." in row
    assert "Zoominfo no number" in row
    assert "SMB: it goes to SMB, final." in row
    assert "Put forward: LinkedIn 70" in page


def test_each_count_of_the_queue_leads_to_a_list_of_so_many(api: Api, vp: Person) -> None:
    opened(api, "facet-1")
    disputed(api, "facet-2")
    page = vp.get("/console/reviews")
    facets = re.findall(r'<a href="([^"]+)"><span><bdi>[^<]*</bdi></span> <span class="num">(\d+)</span>', page)

    assert len(facets) >= 6
    for to, count in facets:
        total = re.search(r'<p><span class="num">(\d+)</span> review', vp.get(to))
        assert total is not None
        assert total[1] == count or "status=" in to.replace("status=open", "")


def test_a_review_is_resolved_and_says_afterwards_what_it_said_before(api: Api, vp: Person) -> None:
    review = opened(api, "resolve-1")
    path = f"/console/reviews/{review}"
    before = told(vp.get(path))
    (sentence,) = re.findall(r"Mid-Market: it goes to [^.]+\.", before)[:1]

    first, again = send_twice(vp, path, f"{path}/resolution", {"segment": "MM", "reason": REASON})

    assert (first.status_code, first.headers["location"]) == (303, path), first.text
    assert (again.status_code, again.headers["location"]) == (303, path), again.text
    after = told(vp.get(path))
    assert after.count(sentence) >= 2
    assert REASON in after
    found = api.get(f"/v1/reviews/{review}")
    assert (found["status"], found["resolution"]["segment"], found["resolution"]["decided_by"]) == (
        "resolved",
        "MM",
        "sample-vp",
    )
    assert api.get("/v1/decisions", account_id="resolve-1", kind="review")["items"][0]["id"]
    assert len(api.get("/v1/decisions", account_id="resolve-1", kind="review")["items"]) == 1


def test_a_resolved_review_is_revised_and_what_was_said_stays(api: Api, vp: Person) -> None:
    path = f"/console/reviews/{opened(api, 'revise-1')}"
    send(vp, path, f"{path}/resolution", {"segment": "MM", "reason": REASON})

    answer = send(vp, path, f"{path}/resolution", {"segment": "SMB", "reason": "The filing was of another firm."})

    assert answer.status_code == 303, answer.text
    page = told(vp.get(path))
    assert "SMB: it goes to SMB, final." in page.partition("Said before")[0]
    assert REASON in page.partition("Said before")[2]


def test_a_dispute_is_rejected(api: Api, vp: Person) -> None:
    path = f"/console/reviews/{disputed(api, 'reject-1')}"
    assert "LinkedIn 70" in told(vp.get(path))

    answer = send(vp, path, f"{path}/resolution", {"segment": "REJECTED", "reason": REASON})

    assert answer.status_code == 303, answer.text
    page = told(vp.get(path))
    assert "Rejected: what stands goes on to stand. Key Accounts First Order owns it." in page
    assert "takes no answer any more" in page


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(api: Api, vp: Person) -> None:
    path = f"/console/reviews/{opened(api, 'wrong-1')}"
    rows = api.rows()
    short = '<b>"no"'

    answer = send(vp, path, f"{path}/resolution", {"segment": "MM", "reason": short})

    assert answer.status_code == 422
    assert wrong_beside(answer.text)["reason"].startswith(("String should have at least 10", "Say it in at least 10"))
    assert 'value="MM" required checked' in answer.text
    assert short in unescape(answer.text)
    assert short not in answer.text
    nothing = send(vp, path, f"{path}/resolution", {"reason": REASON})
    assert nothing.status_code == 422
    assert "Name a segment" in nothing.text
    assert api.rows() == rows


def test_a_form_that_was_sent_is_not_sent_again_with_something_else(api: Api, vp: Person) -> None:
    path = f"/console/reviews/{opened(api, 'else-1')}"
    form = form_on(vp.http.get(path).text, f"{path}/resolution") | {"segment": "MM", "reason": REASON}
    assert vp.http.post(f"{path}/resolution", data=form).status_code == 303

    answer = vp.http.post(f"{path}/resolution", data=form | {"segment": "SMB"})

    assert answer.status_code == 422
    assert "Nothing was recorded." in answer.text


def test_many_alike_are_resolved_at_once_and_each_says_what_became_of_it(api: Api, vp: Person) -> None:
    ids = [opened(api, f"many-{number}", name=HOSTILE) for number in range(3)]
    api.http.post(f"/v1/reviews/{ids[0]}/resolution", json={"segment": "SMB", "reason": REASON})
    ticked = {f"review.{each}": "yes" for each in ids}

    first, again = send_twice(
        vp, "/console/reviews", "/console/reviews/resolutions", ticked | {"segment": "MM", "reason": REASON}
    )

    assert (first.status_code, again.status_code) == (200, 200), first.text
    assert told(first.text).partition("What became")[2] == told(again.text).partition("What became")[2]
    page = told(first.text)
    assert "2 were resolved, 1 not." in page
    assert "was resolved: SMB, decided by tester, leads" in page
    assert page.count("Mid-Market: it goes to") == 2
    assert "<script>alert" not in first.text
    assert [api.get(f"/v1/reviews/{each}")["resolution"]["segment"] for each in ids] == ["SMB", "MM", "MM"]


def test_many_of_more_than_one_kind_are_refused_and_stay_ticked(api: Api, vp: Person) -> None:
    ids = [opened(api, "kinds-1"), disputed(api, "kinds-2")]
    ticked = {f"review.{each}": "yes" for each in ids}

    answer = send(vp, "/console/reviews", "/console/reviews/resolutions", ticked | {"segment": "MM", "reason": REASON})
    none = send(vp, "/console/reviews", "/console/reviews/resolutions", {"segment": "MM", "reason": REASON})

    filtered = send(
        vp,
        "/console/reviews?kind=dispute",
        "/console/reviews/resolutions?kind=dispute",
        {f"review.{ids[1]}": "yes", "segment": "MM", "reason": "short"},
    )

    assert filtered.status_code == 422
    assert "Sample kinds-2" in filtered.text
    assert "Sample kinds-1" not in filtered.text
    assert answer.status_code == 422
    assert "more than one kind" in answer.text
    assert answer.text.count('value="yes" checked') == 2
    assert "Tick the reviews that you answer" in none.text


def test_who_may_only_read_is_told_which_scope_answers(api: Api) -> None:
    path = f"/console/reviews/{opened(api, 'reader-1')}"
    with Person(api).sign_in("only-reads", Scope.READ) as somebody:
        for page in (path, "/console/reviews"):
            text = somebody.get(page)
            assert "takes an API key with the scope review" in text
            assert "/resolution" not in text
