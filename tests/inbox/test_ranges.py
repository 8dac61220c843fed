"""Ranges of people in what CRMs tell are read as ranges; one that is refused is a field that cannot be read."""

import pytest

from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, PLAIN_ACCOUNT, change, company_event, milliseconds, plain_event

AT = milliseconds(NOW, hours=-1)


@pytest.mark.parametrize(
    ("told", "stands"),
    [("51-200", "51-200"), ("10001+", "10001+"), ("1,001\u20145,000", "1001-5000"), ("640-640", 640), ("0-50", "1-50")],
)
def test_a_range_is_told_at_every_door(shared: Crm, told: str, stands: object) -> None:
    name = told.encode().hex()
    event = shared.account(f"out-{name}", {**KEY_ACCOUNT, "LAM_Dev_Count__c": told, "Name": "N" * 255}, name)
    assert (event["status"], event["remarks"]) == ("applied", [])
    facts = shared.facts(f"out-{name}")
    assert (facts["lam_dev_count"], facts["name"]) == (stands, "N" * 255)

    shared.changes(change(f"cdc-{name}", at=AT, Name="Acme", ZI_Employees__c=told))
    (count,) = shared.standing(f"cdc-{name}")["facts"]["employee_counts"]
    assert count["employees"] == stands

    shared.plain(plain_event(f"sig-{name}", **{**PLAIN_ACCOUNT, "max_family_employees": told}), f"msg-{name}")
    assert shared.facts(f"sig-{name}")["max_family_employees"] == stands

    number = int(name[:6], 16)
    shared.hubspot(company_event(number, 1, AT, "lam_dev_count", told), company_event(number, 2, AT + 1, "name", "A"))
    assert shared.facts(str(number))["lam_dev_count"] == stands


def test_a_range_told_again_changes_nothing_and_a_newer_one_does(crm: Crm) -> None:
    crm.changes(change("acc-1", at=AT, kind="CREATE", **{**KEY_ACCOUNT, "ZI_Employees__c": "501-1000"}))  # type: ignore[arg-type]  # fields
    (again,) = crm.changes(change("acc-1", at=AT + 1, ZI_Employees__c="501 - 1,000"))
    assert (again["status"], again["decision_id"]) == ("applied", None)
    assert crm.standing("acc-1")["leading_range"] == "501-1000"
    (newer,) = crm.changes(change("acc-1", at=AT + 2, ZI_Employees__c="11-50"))
    assert (crm.standing("acc-1")["segment"], newer["decision_id"]) == ("SMB", crm.standing("acc-1")["id"])


def test_a_range_that_a_person_stated_is_known_when_the_next_event_comes(crm: Crm) -> None:
    account = {"id": "acc-1", "region": "EMEA", "crm_created_on": "2021-06-01", "lam_dev_count": "100+"}
    counts = [{"source": "datafox", "employees": "201-500"}]
    crm.api.classify({"account": account, "employee_counts": counts})
    crm.changes(change("acc-1", at=AT, Name="Acme"))
    assert crm.facts("acc-1")["lam_dev_count"] == "100+"
    assert crm.standing("acc-1")["leading_range"] == "201-500"


def test_a_range_that_is_refused_makes_its_fact_unknown_with_a_remark(shared: Crm) -> None:
    (event,) = shared.changes(change("acc-wrong", at=AT, Name="Acme", LAM_Dev_Count__c="200-51"))
    (remark,) = event["remarks"]
    said = '"200-51" is no range of people: The lower end of a range comes first, as in 201-500'
    assert (event["status"], remark["field"]) == ("applied", "LAM_Dev_Count__c")
    assert remark["reason"] == f"{said}; lam_dev_count is taken as unknown"
    assert "lam_dev_count" not in shared.facts("acc-wrong")
