from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import Event, change, milliseconds

AT = milliseconds(NOW, days=-10)
PROSPECT: Event = {
    "Account_Demographics_Region__c": "EMEA",
    "Account_Demographic_Max_Family_Employees__c": 640,
    "First_Order_Available__c": True,
    "Type": "Prospect",
    "ZI_Employees__c": 640,
    "CreatedDate": 1_622_534_400_000,
}
MADE = change("acc-1", at=AT, kind="CREATE", **PROSPECT)


def test_a_creation_decides_and_an_update_merges_what_it_changed(crm: Crm) -> None:
    (made,) = crm.changes(MADE)
    (updated,) = crm.changes(change("acc-1", at=AT + 1, LAM_Dev_Count__c=120))

    assert (made["status"], updated["status"]) == ("applied", "applied")
    assert crm.facts("acc-1")["lam_dev_count"] == 120
    assert crm.facts("acc-1")["region"] == "EMEA"
    assert [decision["id"] for decision in crm.history("acc-1")] == [updated["decision_id"], made["decision_id"]]


def test_an_event_that_changes_no_fact_is_applied_without_a_decision(crm: Crm) -> None:
    crm.changes(MADE)
    (same, other) = crm.changes(
        change("acc-1", at=AT + 1, Type="Prospect - Active"), change("acc-1", at=AT + 2, Website="https://x.example")
    )
    assert (same["status"], same["decision_id"]) == ("applied", None)
    assert (other["status"], other["decision_id"]) == ("superseded", None)
    assert len(crm.history("acc-1")) == 1


def test_one_event_about_several_records_is_an_event_about_each(crm: Crm) -> None:
    events = crm.changes(change("acc-1", "acc-2", at=AT, kind="CREATE", **PROSPECT))

    assert [event["record_id"] for event in events] == ["acc-1", "acc-2"]
    assert {crm.standing(account)["team"] for account in ("acc-1", "acc-2")} == {"MMKAFO"}


def test_events_are_applied_in_the_crm_s_order_within_a_payload_and_across(crm: Crm) -> None:
    newest = change("acc-1", at=AT + 2, Name="Newest")
    crm.changes(newest)
    assert crm.api.http.get("/v1/accounts/acc-1").status_code == 200

    crm.changes(change("acc-1", at=AT + 1, Name="Older", Lead_Motion__c="outbound"), MADE)

    assert crm.facts("acc-1")["name"] == "Newest"
    assert crm.standing("acc-1")["facts"]["motion"] == "outbound"
    assert crm.standing("acc-1")["team"] == "MMKAFO"


def test_within_one_instant_the_sequence_tells_the_order(crm: Crm) -> None:
    later = change("acc-1", at=AT + 1, sequence=2, Name="Second")
    crm.changes(MADE, later)
    crm.changes(change("acc-1", at=AT + 1, sequence=1, Name="First"))

    assert crm.facts("acc-1")["name"] == "Second"


def test_a_deleted_accounts_standing_says_so_and_it_is_decided_anew_when_it_is_there_again(crm: Crm) -> None:
    crm.changes(MADE)
    assert crm.api.get("/v1/accounts/acc-1")["advice"] == []
    (gone,) = crm.changes(change("acc-1", at=AT + 1000, kind="DELETE"))
    (advice,) = crm.api.get("/v1/accounts/acc-1")["advice"]
    assert (advice["code"], "2022-03-05T08:30:01" in advice["text"]) == ("deleted", True)
    in_words = crm.api.http.get("/v1/accounts/acc-1", headers={"Accept": "text/plain"}).text
    assert f"Account   {advice['text']}\n" in in_words

    (back,) = crm.changes(change("acc-1", at=AT + 2000, kind="UNDELETE", **PROSPECT))
    first, again = crm.history("acc-1")[-1], crm.standing("acc-1")
    assert (gone["decision_id"], back["decision_id"]) == (None, again["id"])
    assert (again["team"], again["facts"]) == (first["team"], first["facts"])
    assert crm.api.get("/v1/accounts/acc-1")["advice"] == []


def test_an_emptied_field_is_unknown(crm: Crm) -> None:
    crm.changes(MADE, change("acc-1", at=AT + 1, Account_Demographics_Region__c=None))

    assert "region" not in crm.facts("acc-1")


def test_a_deletion_marks_the_account_which_no_update_brings_back_but_an_undeletion_does(crm: Crm) -> None:
    crm.changes(MADE)
    standing = crm.standing("acc-1")
    crm.changes(change("acc-1", at=AT + 1000, kind="DELETE"))
    assert crm.standing("acc-1") == standing
    (late,) = crm.changes(change("acc-1", at=AT + 2000, Name="A late word", Type="Customer"))
    assert (late["status"], late["decision_id"]) == ("applied", None)
    assert crm.standing("acc-1") == standing
    assert crm.state("acc-1") == {"deleted_at": "2022-03-05T08:30:01Z", "stale_since": None, "unread": []}

    crm.changes(change("acc-1", at=AT + 3000, kind="UNDELETE", **{**PROSPECT, "Name": None}))
    assert crm.state("acc-1")["deleted_at"] is None
    assert crm.standing("acc-1")["facts"] == standing["facts"]


def test_an_account_whose_deletion_overtakes_its_creation_is_not_decided_until_it_is_there_again(crm: Crm) -> None:
    crm.changes(change("acc-1", at=AT + 1000, kind="DELETE"))
    (made,) = crm.changes(MADE)
    assert (made["status"], made["decision_id"]) == ("applied", None)
    assert crm.api.http.get("/v1/accounts/acc-1").status_code == 404

    crm.changes(change("acc-1", at=AT + 2000, kind="UNDELETE", **PROSPECT))
    assert crm.standing("acc-1")["team"] == "MMKAFO"


def test_a_gap_marks_its_account_as_stale_until_an_event_tells_all(crm: Crm) -> None:
    crm.changes(MADE)
    crm.changes(change("acc-1", at=AT + 1000, kind="GAP_UPDATE"))
    crm.changes(change("acc-1", at=AT + 2000, Name="Acme"))
    assert crm.state("acc-1") == {"deleted_at": None, "stale_since": "2022-03-05T08:30:01Z", "unread": []}
    assert crm.facts("acc-1")["name"] == "Acme"

    crm.changes(change("acc-1", at=AT + 3000, kind="UNDELETE", **PROSPECT))
    assert crm.state("acc-1")["stale_since"] is None


def test_an_overflow_marks_every_account_that_has_not_told_all_of_itself_since(crm: Crm) -> None:
    crm.changes(MADE, change("acc-2", at=AT + 2000, kind="CREATE", **PROSPECT))
    (overflow,) = crm.changes(change("000000000000000AAA", at=AT + 1000, kind="GAP_OVERFLOW"))

    assert (overflow["record_id"], overflow["status"]) == ("*", "applied")
    assert crm.state("acc-1")["stale_since"] == "2022-03-05T08:30:01Z"
    assert crm.state("acc-2")["stale_since"] is None


def test_other_entities_are_passed_over_whatever_else_their_events_hold(crm: Crm) -> None:
    assert crm.changes(change("003", at=AT, entity="Contact", Name="Somebody")) == []
    odd = [change(at=AT, entity="Case"), change("003", at=-1, entity="Contact", kind="MERGE")]
    odd.append({"ChangeEventHeader": {"entityName": "Idea", "changedFields": ["0x800000"]}})
    assert [event["record_id"] for event in crm.changes(*odd, MADE)] == ["acc-1"]


def test_a_standing_of_the_past_says_nothing_of_the_crm(crm: Crm) -> None:
    crm.changes(MADE)
    assert crm.api.get("/v1/accounts/acc-1", as_of="2022-03-15T08:30:00Z")["crm"] is None
    assert crm.api.classify(id="acc-9", df=640)["account_id"] == "acc-9"
    assert crm.state("acc-9") is None


def test_a_malformed_event_is_recorded_as_rejected_alone_and_once(crm: Crm) -> None:
    broken = [
        change("acc-1", at=AT + 1, kind="EXPLODE"),
        change("acc-1", at=2**63),
        change("acc-1", at=AT + 3, sequence=-1),
        change("006-1", at=AT + 4, entity="Opportunity") | {"ChangeEventHeader": {"entityName": "Opportunity"}},
        {"entityName": "Account"},
    ]
    told = crm.changes(*broken, MADE)

    assert crm.standing("acc-1")["team"] == "MMKAFO"
    rejected = [event for event in told if event["status"] == "rejected"]
    assert sorted((event["record_kind"], event["record_id"], event["problem"][0]["reason"]) for event in rejected) == [
        ("account", "?", "[4].ChangeEventHeader is missing"),
        ("account", "acc-1", '[0].ChangeEventHeader.changeType is "EXPLODE", which is no type of change'),
        (
            *("account", "acc-1"),
            f"[1].ChangeEventHeader.commitTimestamp is {2**63}, which is not within 0 and {2**63 - 1}",
        ),
        (*("account", "acc-1"), "[2].ChangeEventHeader.sequenceNumber is -1, which is not within 0 and 2147483647"),
        ("opportunity", "?", "[3].ChangeEventHeader.changeType is missing"),
    ]
    assert [event["repeated"] for event in crm.changes(*broken, MADE)] == [True] * 6
    (alone,) = crm.changes(change("acc-2", at=AT, kind="EXPLODE"))
    assert (alone["status"], alone["record_id"]) == ("rejected", "acc-2")
