import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from service.domain.handoff.evidence import TamDetermined
from service.domain.handoff.steps import Escalated, Step, step_from_json, step_to_json
from service.domain.terms import Team
from tests.domain.handoffs import NAMES, abandon, answer, escalate, reassign_billing, reopen, reopen_handoff, tick

STEPS: list[Step] = [*map(tick, NAMES), reopen("introduced"), escalate(), answer(Team.MMKAFO), reassign_billing()]
STEPS += [reopen_handoff("introduced", "find-named-ae"), abandon()]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: getattr(step, "item", step.kind))
def test_a_step_reads_back_as_it_was_written(step: Step) -> None:
    again = step_from_json(step_to_json(step))

    assert (again, type(again)) == (step, type(step))
    assert step_from_json(step_to_json(step).encode()) == step


@pytest.mark.parametrize("step", STEPS, ids=lambda step: getattr(step, "item", step.kind))
def test_a_written_step_says_its_kind_who_and_when(step: Step) -> None:
    written = json.loads(step_to_json(step))

    assert (written["kind"], written["by"], written["at"]) == (step.kind, "key", "2022-03-08T09:30:00Z")


def test_the_microsecond_of_a_step_is_kept() -> None:
    step = Escalated(by="key", at=datetime(2022, 3, 8, 9, 30, 0, 123456, UTC), reason="Two\nlines")

    assert step_from_json(step_to_json(step)) == step


def test_amounts_are_written_as_text_and_what_was_left_out_is_not_written() -> None:
    step = tick("tam-determined", TamDetermined(net_arr=Decimal("49999.9"), appropriate=False))

    assert json.loads(step_to_json(step))["evidence"] == {"net_arr": "49999.90", "appropriate": False}


@pytest.mark.parametrize("text", ["[]", '{"kind": "paid"}', '{"kind": "escalated", "by": "key"}'])
def test_what_is_not_a_step_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="Not a step"):
        step_from_json(text)


def test_evidence_that_was_tampered_with_is_not_read() -> None:
    written = step_to_json(tick("introduced")).replace("replied_on", "replied_at")

    with pytest.raises(ValidationError):
        step_from_json(written)
