"""Every page of the console, for a browser to look at."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.store.applications import ApplicationStatus, finish_application
from service.store.changeovers import finish_changeover
from service.store.event_retries import finish_retry
from tests.api import Api, Decision
from tests.console.operating import Operated, operated
from tests.ledger.sealing import seal_all, sealer

HOSTILE = '<script>alert(1)</script> "quoted" \' \u202egpj.exe javascript:alert(1)'
WIDE = "\uff37" * 255
ACCOUNT = "0018a00001XyZaBAAV"
NAME = "Sample Energy"
PAGES = {
    "home": "/console",
    "me": "/console/me",
    "accounts": "/console/accounts",
    "accounts narrowed down": "/console/accounts?team=MM_TERRITORY&region=EMEA&q=sample",
    "no accounts": "/console/accounts?q=nobody",
    "account": f"/console/accounts/{ACCOUNT}",
    "account then": f"/console/accounts/{ACCOUNT}?on=2022-03-15&as_of=2026-01-05",
    "account without a team": "/console/accounts/acc-pending",
    "account that is provisional": "/console/accounts/acc-open",
    "account of a hostile name": "/console/accounts/acc-hostile",
    "account of a wide name": "/console/accounts/acc-wide",
    "history": f"/console/accounts/{ACCOUNT}/history",
    "decisions": "/console/decisions",
    "decisions of a day": "/console/decisions?since=2026-01-05&until=2026-01-05&kind=classification",
    "decision": "/console/decisions/{decision}",
    "discovery": "/console/decisions/{discovery}",
    "reviews": "/console/reviews",
    "reviews narrowed down": "/console/reviews?kind=dispute&status=open&status=rejected",
    "review": "/console/reviews/{review}",
    "dispute": "/console/reviews/{dispute}",
    "report a discovery": f"/console/accounts/{ACCOUNT}/discovery",
    "discovery recorded": f"/console/accounts/{ACCOUNT}/discovery?done={{discovery}}",
    "dispute an account": f"/console/accounts/{ACCOUNT}/dispute",
    "start a handoff": f"/console/accounts/{ACCOUNT}/handoff",
    "redact an account": f"/console/accounts/{ACCOUNT}/redaction",
    "rank": "/console/accounts/acc-hostile/rank",
    "no rank yet": "/console/accounts/acc-open/rank",
    "ranks": "/console/ranks?account_executive=Sample+AE&stale=false",
    "ranks of nobody": "/console/ranks",
    "packet": "/console/accounts/acc-hostile/packet",
    "handoffs": "/console/handoffs",
    "handoffs by week": "/console/handoffs?view=board",
    "handoff": "/console/handoffs/{handoff}",
    "leads": "/console/leads",
    "leads narrowed down": "/console/leads?overdue=true&sdr=nobody",
    "lead": "/console/leads/lead-late",
    "support requests": "/console/support-requests",
    "a support request": (
        "/console/support-requests?customer=yes&net_arr_affected=no&needs_sales_manager=yes&fri=yes&from=09:00"
        "&received_at=2022-03-18T19:00&breaches_at=2022-03-19T19:00&time_zone=Europe/Berlin&until=17:00&mon=yes"
    ),
    "a support request at fault": "/console/support-requests?customer=perhaps&received_at=noon&from=9&time_zone=Mars",
    "web directs": "/console/web-directs",
    "web directs of an account": f"/console/web-directs?account_id={ACCOUNT}",
    "a web direct": (
        f"/console/web-directs?account_id={ACCOUNT}&purchased_on=2026-01-05&open_opportunities=opp-1+Renewal&duplicate=no"
    ),
    "a web direct at fault": "/console/web-directs?account_id=no+id&purchased_on=soon&duplicate=perhaps",
    "co-selling": "/console/co-selling?asm=sample-asm&on=2026-01-05",
    "co-selling of nobody": "/console/co-selling",
    "try": "/console/try",
    "a case tried": (
        "/console/try?region=EMEA&customer=false&first_order_available=true&crm_created_on=2021-06-01"
        "&zoominfo_employees=201-900&datafox_employees=12&datafox_gap=One+office+only."
    ),
    "a case at fault": "/console/try?datafox_employees=many&region=Mars",
    "calendar": "/console/calendar",
    "calendar of meetings": "/console/calendar?month=2022-05&kind=red_green_meeting&kind=quarter_changeover",
    "calendar without entries": "/console/calendar?month=2022-06&kind=quarter_changeover",
    "close date": (
        "/console/calendar?opportunity=growth&closing_on=2026-01-31&compelling_event=false&quote_out=false"
        "&set_at=2026-01-05T09:00"
    ),
    "close date that is not known": "/console/calendar?opportunity=renewal&today=2026-01-05",
    "duties": "/console/opportunities/duties",
    "duties found": (
        "/console/opportunities/duties?segment=SMB&amount=6000&net_arr=12000&close_on=2026-01-31&on=2026-01-05"
        f"&opportunity_id=acc-opportunity&account_id={ACCOUNT}&channel_managed=yes&title=Sample&next_steps=Call+1/9"
    ),
    "duties of a mistake": "/console/opportunities/duties?amount=much&on=2999-01-01",
    "opportunity": "/console/opportunities/acc-opportunity/duties",
    "policies": "/console/policies",
    "policy of duties": "/console/policies/fy23-duties",
    "policy": "/console/policies/fy23",
    "drafts": "/console/policies/drafts",
    "new draft": "/console/policies/drafts/new?policy_id=fy23",
    "draft": "/console/policies/drafts/{draft}",
    "publish": "/console/policies/drafts/{draft}/publish",
    "comparison": "/console/policies/drafts/{draft}/comparison?run=true",
    "backtest": "/console/policies/drafts/{draft}/backtest?run=true",
    "movers": "/console/policies/drafts/{draft}/movers?of=SMB&to=MM_TERRITORY&run=true",
    "dry run": "/console/policy-applications/{application}",
    "operations": "/console/operations",
    "events": "/console/events?status=rejected",
    "event": "/console/events/{event}",
    "retry": "/console/event-retries/{retry}",
    "deliveries": "/console/deliveries",
    "delivery": "/console/deliveries/{delivery}",
    "subscribers": "/console/subscribers",
    "subscriber": "/console/subscribers/{subscriber}",
    "keys": "/console/keys",
    "key": "/console/keys/{key}",
    "changeovers": "/console/changeovers",
    "changeover tried": "/console/changeover-dry-run?on=2025-11-01",
    "changeover": "/console/changeovers/2025-11-01",
    "people": "/console/people",
    "person": "/console/people/acc-hostile-seller",
    "conduct": "/console/conduct",
    "audit": "/console/audit",
    "audit narrowed down": "/console/audit?kind=exported&actor=nobody",
    "verify a receipt": "/console/audit/verify",
    "glossary": "/console/glossary",
    "forbidden": "/console/forbidden",
    "not found": "/console/accounts/sample",
    "not valid": "/console/accounts?limit=0&on=yesterday",
}
"""Pages of somebody who has signed in."""
OPEN_PAGES = {
    "sign in": "/console/sign-in?next=/console/me",
    "first key": "/console/first-key/{link}",
    "no single sign-on": "/console/single-sign-on",
    "no way back": "/console/single-sign-on/callback",
}
"""Pages of anybody."""


@dataclass(frozen=True, slots=True)
class World:
    """What the pages show: a few accounts, and what happened to them."""

    decision: Decision
    discovery: Decision
    named: dict[str, str]

    def path(self, page: str, link: str = "") -> str:
        """The path of a page."""
        named = {"decision": self.decision["id"], "discovery": self.discovery["id"], "link": link}
        return (PAGES | OPEN_PAGES)[page].format(**named, **self.named)


def world(api: Api) -> World:
    """Record what the pages show."""
    wrong = {"df": "Counts one office only."}
    known: dict[str, Any] = {
        "id": ACCOUNT,
        "name": NAME,
        "region": "EMEA",
        "df": 12,
        "wrong": wrong,
        "zi": 936,
        "lam_dev_count": 44,
    }
    api.classify(**known, max_family_employees=480)
    api.clock.advance(days=1)
    decision = api.classify(**known, max_family_employees=936)
    pending = api.classify(id="acc-pending", name="Sample Freight", df=12, wrong=wrong)
    api.classify(id="acc-open", name="Sample Robotics", region="EMEA", df="201-900", zi="400-600", created=None)
    facts: dict[str, Any] = {"df": 12, "wrong": {"df": HOSTILE}, "zi": 15, "name": HOSTILE}
    seen_to = operated(api, "acc-hostile", HOSTILE.replace("\u202e", ""), facts)
    api.classify(id="acc-wide", name=WIDE, df=2500)
    found = {"discovered_by": "AE", "employees": 120, "potential_users": 20, "discovered_on": "2026-01-05"}
    answer = api.http.post(f"/v1/accounts/{ACCOUNT}/discoveries", json=found | {"evidence": "A call."})
    assert answer.status_code == 201, answer.text
    asked = {"opportunity_id": "acc-opportunity", "account_id": ACCOUNT, "title": HOSTILE.replace("\u202e", "")}
    duties = api.http.post("/v1/opportunities/duties?record=true", json=asked | {"segment": "SMB", "amount": 6000})
    assert duties.status_code == 201, duties.text
    disputed = {"reason": "The filing says otherwise, see there."}
    dispute = api.http.post("/v1/accounts/acc-hostile/disputes", json=disputed)
    assert dispute.status_code == 201, dispute.text
    rank = {"rank": "3", "account_executive": "Sample AE", "note": HOSTILE, "sources": [HOSTILE], "reason": HOSTILE}
    ranked = api.http.put("/v1/accounts/acc-hostile/rank", json=rank)
    assert ranked.status_code == 201, ranked.text
    _leads(api)
    reviews = {"review": pending["review_id"], "dispute": dispute.json()["id"]}
    named = reviews | {"handoff": _won(api)} | _policy(api) | _operations(api, seen_to)
    seal_all(sealer(api.database))
    api.clock.advance(hours=3)
    return World(decision, answer.json(), named)


def _leads(api: Api) -> None:
    """A lead past its hour, one that is left to an AE, and a co-selling call."""
    assigned = {"sdr": HOSTILE, "has_phone": True, "account_id": ACCOUNT}
    for lead_id, kind, at in (("lead-late", "trial_request", "2026-01-05"), ("lead-left", "inquiry", "2025-12-01")):
        body = assigned | {"id": lead_id, "kind": kind, "assigned_at": f"{at}T06:00:00Z"}
        assert api.http.post("/v1/leads", json=body).status_code == 201
    touched = {"channel": "email", "at": "2025-11-30T06:00:00Z"}
    assert api.http.post("/v1/leads/lead-late/touches", json=touched).status_code == 201
    bought = {"account_id": ACCOUNT, "purchased_on": "2026-01-05", "duplicate": False}
    opened = {"open_opportunities": [{"opportunity_id": "opp-1", "title": HOSTILE.replace("\u202e", "")}]}
    kept = api.http.post("/v1/web-directs/check?record=true", json=bought | opened)
    assert kept.status_code == 201, kept.text
    call = {"asm": "sample-asm", "account_id": ACCOUNT, "at": "2026-01-05T08:00:00Z"}
    assert api.http.post("/v1/co-selling", json=call).status_code == 201


def _won(api: Api) -> str:
    """A First Order that was won, and whose handoff is late: one item is ticked, and one was taken back."""
    api.classify(id="acc-won", name="Sample Shipping", region="EMEA", df=640, max_family_employees=640)
    won = {
        "account_id": "acc-won",
        "opportunity_id": "sample-opportunity",
        "closed_on": "2025-12-27",
        "first_order_ae": HOSTILE,
        "initial_amount": "18000.00",
        "total_users": 240,
    }
    answer = api.http.post("/v1/handoffs", json=won)
    assert answer.status_code == 201, answer.text
    items = f"/v1/handoffs/{answer.json()['id']}/items"
    installed = {"evidence": {"received_on": "2025-12-28", "installed_on": "2025-12-29"}}
    assert api.http.put(f"{items}/license-installed", json=installed).status_code == 200
    assert api.http.put(f"{items}/find-named-ae", json={"evidence": {"named_ae": "Sample AE"}}).status_code == 200
    assert api.http.delete(f"{items}/find-named-ae", params={"reason": HOSTILE}).status_code == 200
    handoff: str = answer.json()["id"]
    return handoff


def _operations(api: Api, found: Operated) -> dict[str, str]:
    """What there is to see to, and what was done about it."""
    engine, now = api.database.engine, api.clock()
    retry = api.http.post("/v1/event-retries", json={})
    changeover = api.http.post("/v1/changeovers", json={"on": "2025-11-01"})
    assert (retry.status_code, changeover.status_code) == (202, 202), (retry.text, changeover.text)
    finish_retry(engine, UUID(retry.json()["id"]), now)
    finish_changeover(engine, date(2025, 11, 1), now)
    return {name: getattr(found, name) for name in ("event", "delivery", "subscriber", "key")} | {
        "retry": retry.json()["id"]
    }


def _policy(api: Api) -> dict[str, str]:
    """A draft that nobody publishes, and a dry run that is done."""
    asked: dict[str, Any] = {"policy_id": "fy23", "effective_from": "2026-02-01"}
    asked["parameters"] = {"first_order_min_employees": 1000, "mid_market_min_employees": 10}
    draft = api.http.post("/v1/policies/drafts", json=asked | {"reason": HOSTILE.replace("\u202e", "")})
    tried = api.http.post("/v1/policies/fy23/application", json={"dry_run": True})
    assert (draft.status_code, tried.status_code) == (201, 202), (draft.text, tried.text)
    finish_application(api.database.engine, UUID(tried.json()["id"]), ApplicationStatus.DONE, api.clock())
    return {"draft": draft.json()["id"], "application": tried.json()["id"]}
