"""The golden cases over HTTP: what the domain decides is what a caller is told."""

from itertools import count

import pytest

from service.domain.decide import decide
from service.domain.policies import BUILT_IN
from tests.api import Api
from tests.builders import parsed, vp_says
from tests.golden import Case, Refusal, decided_cases, refused_cases

_numbers = count(1)


def _reachable(case: Case) -> bool:
    """Whether callers can bring the case about: the VP is asked only of counts that need a review (SEG-4)."""
    return case.vp_segment is None or decide(parsed(case.request).facts(), BUILT_IN.on(case.on), case.on).needs_review


@pytest.mark.parametrize("case", [case for case in decided_cases() if _reachable(case)], ids=lambda case: case.title)
def test_a_request_is_answered_with_the_decision_that_the_rules_give_it(api: Api, case: Case) -> None:
    body = case.request | {"account": case.request["account"] | {"id": f"golden-{next(_numbers)}"}}
    if case.vp_segment is not None:
        _let_the_vp_decide(api, body, case.vp_segment)

    decision = api.classify(body)

    expect = case.expect
    for name in ("status", "segment", "team", "rule", "leading_source"):
        assert decision[name] == getattr(expect, name), name
    assert decision["missing_facts"] == list(expect.missing_facts)
    assert [advice["code"] for advice in decision["advice"]] == list(expect.advice)
    assert [action["code"] for action in decision["actions"]] == list(expect.actions)
    assert expect.leading_employees in {None, decision["leading_employees"]}
    assert api.get(f"/v1/decisions/{decision['id']}") == decision
    assert api.get(f"/v1/decisions/{decision['id']}/replay")["agrees"] is True
    if expect.recommended_segment is not None:
        (review,) = api.get("/v1/reviews", account_id=decision["account_id"])["items"]
        assert review["recommendation"]["segment"] == expect.recommended_segment


def _let_the_vp_decide(api: Api, body: dict[str, object], segment: str) -> None:
    """Have the VP decide these very counts, which takes a review of them."""
    opened = api.classify(body)
    verdict = {"segment": segment, "reason": vp_says(segment).reason}
    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("case", refused_cases(), ids=lambda case: case.title)
def test_a_request_that_the_rules_do_not_allow_is_refused_with_its_field(api: Api, case: Refusal) -> None:
    before = api.rows()

    answer = api.http.post("/v1/classifications", json=case.request)

    assert answer.status_code == 422
    assert case.pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert case.says in answer.json()["detail"]
    assert api.rows() == before
