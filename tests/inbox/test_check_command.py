"""``chalkline events check``: what a saved payload would state, told without a database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from service import cli_wiring
from service.entrypoints.cli.app import create_cli
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.messages import (
    KEY_ACCOUNT,
    WON,
    as_json,
    change,
    company_event,
    message,
    notification,
    plain_event,
)

Check: TypeAlias = Callable[..., Result]
ODD = {
    **KEY_ACCOUNT,
    "ZI_Employees__c": "many",
    "Account_Demographics_Sales_Segment__c": "PubSec",
    "LAM_Dev_Count__c": None,
    "OwnerId": "005",
    "Zoominfo_Employees__c": "640",
}


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """The command, of a payload; the tests' settings name a database that is nowhere."""

    def run(payload: bytes, source: str, *words: str, mapping: str | None = None) -> Result:
        (tmp_path / "payload").write_bytes(payload)
        if mapping is not None:
            (tmp_path / "mapping.toml").write_text(mapping)
            words = (*words, "--mapping", str(tmp_path / "mapping.toml"))
        arguments = ["events", "check", str(tmp_path / "payload"), "--as", source, *words]
        return CliRunner().invoke(create_cli(cli_wiring.context), arguments)

    return run


def events_of(ran: Result) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(ran.stdout)["events"]
    return told


def fields_of(ran: Result) -> dict[str | None, tuple[str, str | None, object, str | None]]:
    (event,) = events_of(ran)
    return {field["field"]: (field["use"], field["fact"], field["value"], field["reason"]) for field in event["fields"]}


def test_each_field_is_told_with_what_it_comes_to(check: Check) -> None:
    ran = check(message(notification("acc-1", ODD)), "salesforce-outbound", "--json")

    assert ran.exit_code == 0
    told = fields_of(ran)
    assert told["Account_Demographics_Region__c"] == ("states", "region", "EMEA", None)
    assert told["Type"] == ("states", "customer", False, None)
    assert told["SystemModstamp"] == ("states", "changed_at", None, None)
    assert told["ZI_Employees__c"][:3] == ("unknown", "zoominfo_employees", None)
    assert "is not a whole number" in (told["ZI_Employees__c"][3] or "")
    assert told["Account_Demographics_Sales_Segment__c"][3] == (
        "PubSec is mapped as not ours, so crm_segment is taken as unknown"
    )
    assert told["LAM_Dev_Count__c"] == ("unknown", "lam_dev_count", None, "it has no value")
    assert told["OwnerId"] == ("states", "owner_id", "005", None)
    assert told["Zoominfo_Employees__c"] == ("unmapped", None, None, None)
    absent = json.loads(ran.stdout)["absent"]
    assert (absent["Key_Account__c"], absent["Lead_Motion__c"]) == ("key_account", "motion")
    assert absent.keys().isdisjoint({*ODD, "Id"})


def test_the_words_say_the_same_as_the_json(check: Check) -> None:
    ran = check(message(notification("acc-1", ODD)), "salesforce-outbound")

    assert ran.exit_code == 0
    assert ran.stdout.startswith("account acc-1, as of 2022-03-01T08:00:00Z\n")
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert ["states", "Account_Demographics_Region__c", "region", "=", "EMEA"] in lines
    assert ["unmapped", "Zoominfo_Employees__c"] in lines
    assert ["Key_Account__c", "key_account"] in lines
    assert lines[-1][:4] == ["1", "event", "of", "accounts"]
    assert ran.stdout.endswith("fields: states 7, unknown 3, unused 0, unmapped 1. Nothing is recorded.\n")


def test_another_mapping_reads_it_otherwise_and_needs_nothing_of_hubspot(check: Check) -> None:
    mended = USUAL_TEXT.replace(
        'zoominfo_employees = ["ZI_Employees__c"', 'zoominfo_employees = ["Zoominfo_Employees__c"'
    )
    mended = mended[: mended.index("# Of HubSpot's companies")]

    told = fields_of(check(message(notification("acc-1", ODD)), "salesforce-outbound", "--json", mapping=mended))

    assert told["Zoominfo_Employees__c"] == ("states", "zoominfo_employees", 640, None)
    assert told["ZI_Employees__c"] == ("unmapped", None, None, None)


@pytest.mark.parametrize(
    ("source", "payload", "stated"),
    [
        (
            "salesforce-changes",
            as_json([change("acc-1", at=1647333000000, LAM_Dev_Count__c=7)]),
            {"LAM_Dev_Count__c": ("states", "lam_dev_count", 7, None)},
        ),
        (
            "hubspot",
            as_json([company_event(1, 1, 1647333000000, "zi_employees", "640")]),
            {"zi_employees": ("states", "zoominfo_employees", 640, None)},
        ),
        (
            "hubspot",
            as_json([company_event(1, 1, 1647333000000)]),
            {None: ("states", "crm_created_on", "2022-03-15", None)},
        ),
        (
            "events",
            as_json(plain_event("acc-1", customer_type="Customer")),
            {"customer_type": ("states", "customer", True, None)},
        ),
        (
            "salesforce-outbound",
            message(notification("opp-1", {"StageName": "Closed Won", "Foo__c": "x"}, kind="Opportunity")),
            {"StageName": ("states", "stage", "Closed Won", None), "Foo__c": ("unmapped", None, None, None)},
        ),
    ],
)
def test_every_source_is_read_as_its_webhook_reads_it(
    check: Check, source: str, payload: bytes, stated: dict[str | None, tuple[Any, ...]]
) -> None:
    ran = check(payload, source, "--json")

    assert (ran.exit_code, fields_of(ran)) == (0, stated)


def test_an_event_that_would_be_rejected_is_told_with_its_reason_and_by_the_exit_code(check: Check) -> None:
    dated = check(as_json([change("acc-1", "acc-2", at=1, Name="Acme")]), "salesforce-changes", "--json")
    strange = check(as_json(plain_event("acc-1", regoin="EMEA")), "events", "--json")

    assert (dated.exit_code, strange.exit_code) == (1, 1)
    assert ["before 1999" in event["problem"][0]["reason"] for event in events_of(dated)] == [True, True]
    assert events_of(strange)[0]["problem"] == [{"field": "regoin", "reason": "is no fact that an event can state"}]


def test_what_is_about_neither_states_nothing(check: Check) -> None:
    ran = check(message(notification("con-1", WON, kind="Contact")), "salesforce-outbound")

    assert (ran.exit_code, ran.stdout.splitlines()[0][:8]) == (0, "0 events")


@pytest.mark.parametrize(
    ("payload", "words", "says"),
    [
        (b"{", (), "is no payload of salesforce-changes: The body is not JSON"),
        (b"[]", ("--mapping", "/nowhere/mapping.toml"), "--mapping names a file that cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(check: Check, payload: bytes, words: tuple[str, ...], says: str) -> None:
    ran = check(payload, "salesforce-changes", *words)

    assert ran.exit_code != 0
    assert says in " ".join((ran.stderr + str(ran.exception)).split())
