from dataclasses import replace

from tests.durability.checking import Acknowledged, Recorded, faults

FIRST = Recorded(decision_id="01", account_id="acc-1", request_id="r-1", previous_decision_id=None, body=b"first")
SECOND = replace(FIRST, decision_id="02", request_id="r-2", previous_decision_id="01", body=b"second")
OTHER = replace(FIRST, decision_id="03", account_id="acc-2", request_id="r-3", body=b"other")
RECORD = [FIRST, SECOND, OTHER]
STANDINGS = {"acc-1": "02", "acc-2": "03"}
TOLD = [Acknowledged(decision_id=found.decision_id, request_id=found.request_id, body=found.body) for found in RECORD]


def test_a_record_that_holds_everything_acknowledged_has_no_fault() -> None:
    assert faults(TOLD, RECORD, STANDINGS) == []


def test_a_decision_whose_client_was_never_told_is_no_fault() -> None:
    assert faults(TOLD[:1], RECORD, STANDINGS) == []


def test_a_lost_decision_is_a_fault() -> None:
    assert faults(TOLD, [FIRST, SECOND], {"acc-1": "02"}) == ["Acknowledged decision 03 is recorded 0 times"]


def test_a_decision_recorded_twice_under_its_identifier_is_a_fault() -> None:
    assert "Acknowledged decision 03 is recorded 2 times" in faults(TOLD, [*RECORD, OTHER], STANDINGS)


def test_a_request_recorded_twice_under_two_identifiers_is_a_fault() -> None:
    again = replace(OTHER, decision_id="04", previous_decision_id="03")
    assert faults(TOLD, [*RECORD, again], {"acc-1": "02", "acc-2": "04"}) == ["Request r-3 is recorded 2 times"]


def test_an_altered_decision_is_a_fault() -> None:
    altered = [FIRST, SECOND, replace(OTHER, body=b"altered")]
    assert faults(TOLD, altered, STANDINGS) == ["Decision 03 is recorded otherwise than acknowledged"]


def test_a_decision_under_another_request_is_a_fault() -> None:
    altered = [FIRST, SECOND, replace(OTHER, request_id="r-4")]
    assert faults(TOLD, altered, STANDINGS) == ["Decision 03 is recorded otherwise than acknowledged"]


def test_an_account_that_stands_on_an_older_decision_is_a_fault() -> None:
    assert faults(TOLD, RECORD, STANDINGS | {"acc-1": "01"}) == ["Account acc-1 does not stand on its newest decision"]


def test_an_account_without_a_standing_or_a_standing_without_a_decision_is_a_fault() -> None:
    assert faults(TOLD, RECORD, {"acc-1": "02"}) == ["Account acc-2 does not stand on its newest decision"]
    assert faults([], [], {"acc-1": "02"}) == ["Account acc-1 does not stand on its newest decision"]


def test_a_decision_that_does_not_name_the_one_before_it_is_a_fault() -> None:
    astray = [FIRST, replace(SECOND, previous_decision_id=None), OTHER]
    assert faults(TOLD, astray, STANDINGS) == ["Decision 02 does not follow the one before it on acc-1"]
