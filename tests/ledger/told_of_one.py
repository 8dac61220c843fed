"""An account of which everything is told that can be, each text with a word in it that stands nowhere else."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from tests.api import Api
from tests.entrypoints.ranking import put
from tests.entrypoints.test_api_disputes import dispute
from tests.entrypoints.test_api_duties import ask
from tests.entrypoints.test_api_handoffs import start, tick
from tests.entrypoints.test_api_subscribers import subscribe
from tests.inbox.client import Crm
from tests.inbox.messages import KEY_ACCOUNT, WON, notification

ACCOUNT = "0018a00001XyZaBAAV"
WORD = "Quillonmark"
NAME = f"{WORD} & Sons GmbH"
PAGE = f"https://{WORD}.example/about"
OTHER = "other-account"


def said(what: str) -> str:
    return f"{what} of {WORD}"


def tell_everything(api: Api) -> None:
    """Tell it at every door, so that each table that may have a text of it has one; each answer is remembered."""
    numbers = count()

    def remember(request: httpx.Request) -> None:
        if request.method != "GET" and "webhooks" not in request.url.path:
            request.headers.setdefault("Idempotency-Key", f"told-{next(numbers)}")

    api.http.event_hooks["request"].append(remember)
    _tell(api)
    api.http.event_hooks["request"].remove(remember)


def _tell(api: Api) -> None:
    subscribe(api, types=["decision.recorded", "rank.changed", "duties.changed"])
    _by_the_crm(api)
    _classified(api)
    _disputed(api)
    api.clock.at = datetime(2022, 4, 20, 9, tzinfo=UTC)
    discovery = {"discovered_by": "Sample AE", "discovered_on": "2022-04-11", "evidence": said("A report")}
    _took(api, f"/v1/accounts/{ACCOUNT}/discoveries", discovery | {"employees": 640, "potential_users": 60})
    matter = {"account_executive": "Sample AE", "account_id": ACCOUNT, "reason": said("Worked on all the same")}
    _took(api, "/v1/conduct", matter | {"occurred_on": "2022-04-20"})
    api.clock.at = datetime(2022, 6, 8, 9, tzinfo=UTC)
    _handed_over(api)
    _worked_on(api)
    _dismissed(Crm(api))
    _took(api, "/v1/classifications/batch", {"items": [classification(), {"account": {"id": OTHER}}]})
    assert api.http.get("/v1/accounts", params={"q": WORD}, headers={"Accept": "text/csv"}).status_code == 200


def _by_the_crm(api: Api) -> None:
    crm = Crm(api)
    told = {**KEY_ACCOUNT, "Name": NAME}
    crm.outbound(notification(ACCOUNT, told), notification(OTHER, KEY_ACCOUNT, number=2))
    crm.outbound(notification(ACCOUNT, {**told, "ZI_Employees__c": said("many")}, number=3))
    won = {**WON, "StageName": "Proposal", "Name": said("Licenses"), "AccountId": ACCOUNT}
    crm.outbound(notification("006-proposed", won, number=4, kind="Opportunity"))


def _dismissed(crm: Crm) -> None:
    lost = {**WON, "AccountId": ACCOUNT, "CloseDate": said("The day"), "Name": said("Licenses")}
    crm.outbound(notification("006-unread", lost, number=5, kind="Opportunity"))
    for event in crm.events(status="rejected"):
        _took(crm.api, f"/v1/events/{event['id']}/dismissal", {"reason": said("Nothing is to be done")})


def classification() -> dict[str, Any]:
    """The body of its classification by hand."""
    counts = [
        {"source": "datafox", "employees": 12, "url": PAGE, "wholly_wrong": True, "gap": said("A gap")},
        {"source": "third_party", "name": said("A survey"), "employees": 640, "url": PAGE},
    ]
    account = {"id": ACCOUNT, "name": NAME, "region": "EMEA", "max_family_employees": 640, "owner_id": "user-1"}
    return {"account": account, "employee_counts": counts}


def _classified(api: Api) -> None:
    review = _took(api, "/v1/classifications", classification(), "classified")["review_id"]
    resolution = {"segment": "MM", "reason": said("The filing is the newest")}
    _took(api, f"/v1/reviews/{review}/resolution", resolution, "resolved")


def _disputed(api: Api) -> None:
    counted = [{"source": "linkedin", "employees": 90, "url": PAGE}]
    put_forward = {"reason": said("The report"), "employee_counts": counted, "evidence": said("Page 12")}
    answer = dispute(api, ACCOUNT, put_forward)
    assert answer.status_code == 201, answer.text
    path = f"/v1/reviews/{answer.json()['id']}/resolution"
    _took(api, path, {"rejected": True, "reason": said("A subsidiary")})


def _handed_over(api: Api) -> None:
    answer = start(api, ACCOUNT, opportunity_id="006-handed-over", in_question=said("It is being bought"))
    assert answer.status_code == 201, answer.text
    handoff: dict[str, Any] = answer.json()
    path = f"/v1/handoffs/{handoff['id']}"
    _took(api, f"{path}/escalation-answer", {"team": "MM_TERRITORY", "reason": said("As the contract has it")})
    activity = {"why_gitlab": said("One tool"), "key_contacts": [said("A contact")], "why_believed": said("A trial")}
    assert tick(api, handoff, "account-activity", evidence=activity).status_code == 200
    assert tick(api, handoff, "chatter-posted", evidence={"url": PAGE}).status_code == 200
    assert api.http.delete(f"{path}/items/chatter-posted", params={"reason": said("Wrong day")}).status_code == 200


def _worked_on(api: Api) -> None:
    rank = put(api, ACCOUNT, account_executive="Sample AE", note=said("Greenfield"), reason=said("They buy in spring"))
    assert rank.status_code == 201, rank.text
    duties = ask(
        api,
        "?record=true",
        opportunity_id="006-duties",
        account_id=ACCOUNT,
        title=said("Licenses, channel-managed,"),
        next_steps=said("2022-06-20: call"),
        deck_url=PAGE,
        evidence={"opportunity_overview": {"why_now": said("A deadline")}},
    )
    assert duties.status_code == 201, duties.text
    known = [{"opportunity_id": "006-open", "title": said("Licenses")}]
    _took(
        api,
        "/v1/web-directs/check?record=true",
        {"account_id": ACCOUNT, "purchased_on": "2022-06-01", "open_opportunities": known},
    )


def _took(api: Api, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer = api.http.post(path, json=body, headers={} if key is None else {"Idempotency-Key": key})
    assert answer.status_code in {200, 201, 202}, answer.text
    told: dict[str, Any] = answer.json()
    return told
