"""Who receives a won First Order, how, and by when (HAND-1 to HAND-3), case by case."""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from pydantic import TypeAdapter

from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.facts import Facts
from service.domain.fy23 import fy23
from service.domain.handoff.receiver import due_on, email_will_do, receiver_of, won_facts
from service.domain.moves import before
from service.domain.sentences import summary
from service.domain.standing_moves import standing_move
from service.domain.terms import Team
from service.domain.triggers import EscalationAnswer, HandoffTrigger, Move
from tests.builders import decided
from tests.golden import HERE

POLICY = fy23()
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "handovers.toml").read_text())["case"]
CLOSED_ON = "2022-06-01"


def handed_over(won: dict[str, Any], unknown: list[str] | tuple[str, ...] = ()) -> Decision:
    stood = decided(df=640, max_family_employees=640)
    usual = {"total_users": 240, "initial_amount": "18000.00", "immediate_potential": "1500.00", "stage": "won"}
    stated = usual | {"closed_on": CLOSED_ON, "as_of": CLOSED_ON, "opportunity_id": "006-1"} | won
    if "answer" in won:
        answer = EscalationAnswer(team=Team(won["answer"]), reason="Sample reason", answered_by="vp@example.com")  # type: ignore[arg-type]  # one of the three
        stated |= {"answer": answer.model_dump(mode="json"), "stage": "answered"}
    known = {name: value for name, value in stated.items() if name not in unknown}
    document = known | {"handoff_id": str(UUID(int=1)), "first_order_ae": "Sample AE"}
    handover = HandoffTrigger.model_validate_json(
        orjson.dumps(document | {"before": before(stood).model_dump(mode="json")})
    )
    return decide(won_facts(stood.facts, handover), POLICY, handover.as_of)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_won_account_goes_where_the_rules_send_it(case: dict[str, Any]) -> None:
    decision = handed_over(case.get("won", {}), case.get("unknown", ()))

    expect = case["expect"]
    assert receiver_of(decision, POLICY) == expect.get("receiver")
    assert (decision.team, decision.rule) == (expect.get("team", "MMKAFO"), "HAND-1")
    assert (decision.status, list(decision.missing_facts)) == (
        expect.get("status", "final"),
        expect.get("missing", []),
    )
    assert list(decision.actions) == expect.get("actions", ["hand_over_in_time"])
    assert email_will_do(decision, POLICY) == expect.get("email", email_will_do(decision, POLICY))
    if "tam" in expect:
        assert dict(decision.trail)["HAND-5/tam"] == [expect["tam"]]
    assert expect.get("says", "") in summary(decision, POLICY)


def test_the_week_ends_on_the_seventh_day_after_the_close() -> None:
    handover = handed_over({}).facts.trigger

    assert isinstance(handover, HandoffTrigger)
    assert due_on(handover, POLICY.parameters) == date(2022, 6, 8)


def test_a_won_account_is_a_customer_with_no_first_order_left() -> None:
    account = handed_over({}).facts.account

    assert (account.customer, account.first_order_available) == (True, False)


def test_the_account_is_held_until_it_is_handed_over_and_moved_then() -> None:
    held, moved = standing_move(handed_over({})), standing_move(handed_over({"stage": "completed"}))

    assert held == Move(rule="HAND-1", moved_to=Team.MMKAFO, moved_on=date(2022, 6, 1), rests_on="HAND-6")
    assert moved == Move(rule="HAND-1", moved_from=Team.MMKAFO, moved_to=Team.MMKAN, moved_on=date(2022, 6, 1))


def test_amounts_are_kept_to_the_cent() -> None:
    handover = handed_over({"initial_amount": "19999.9"}).facts.trigger

    assert isinstance(handover, HandoffTrigger)
    assert str(handover.initial_amount) == "19999.90"
    assert handover.initial_amount == Decimal("19999.9")


def test_a_handover_is_recorded_byte_for_byte_as_ever() -> None:
    won = {"named_ae": "Sample Named AE", "net_arr": "1.50", "in_question": "Two teams", "answer": "MMKAN"}

    recorded = TypeAdapter(Facts).dump_json(handed_over(won).facts, exclude_none=True)

    assert recorded.partition(b'"occasion":')[2] == (
        b'{"kind":"handover","before":{"team":"MMKAFO","segment":"MM","leading_source":"datafox",'
        b'"leading_employees":640,"missing_facts":[]},"stage":"answered",'
        b'"handoff_id":"00000000-0000-0000-0000-000000000001","opportunity_id":"006-1","closed_on":"2022-06-01",'
        b'"as_of":"2022-06-01","first_order_ae":"Sample AE","named_ae":"Sample Named AE","initial_amount":"18000.00",'
        b'"immediate_potential":"1500.00","total_users":240,"net_arr":"1.50","in_question":"Two teams",'
        b'"answer":{"team":"MMKAN","reason":"Sample reason","answered_by":"vp@example.com"}}}'
    )
