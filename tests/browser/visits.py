"""Every page of the console, for a browser to look at."""

from dataclasses import dataclass
from typing import Any

from tests.api import Api, Decision

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
    "packet": "/console/accounts/acc-hostile/packet",
    "handoffs": "/console/handoffs",
    "handoffs by week": "/console/handoffs?view=board",
    "handoff": "/console/handoffs/{handoff}",
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
    review: str
    dispute: str
    handoff: str

    def path(self, page: str, link: str = "") -> str:
        """The path of a page."""
        named = {"decision": self.decision["id"], "discovery": self.discovery["id"], "link": link}
        about = {"review": self.review, "dispute": self.dispute, "handoff": self.handoff}
        return (PAGES | OPEN_PAGES)[page].format(**named, **about)


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
    api.classify(id="acc-hostile", name=HOSTILE, df=12, wrong={"df": HOSTILE}, zi=15)
    api.classify(id="acc-wide", name=WIDE, df=2500)
    found = {"discovered_by": "AE", "employees": 120, "potential_users": 20, "discovered_on": "2026-01-05"}
    answer = api.http.post(f"/v1/accounts/{ACCOUNT}/discoveries", json=found | {"evidence": "A call."})
    assert answer.status_code == 201, answer.text
    disputed = {"reason": "The filing says otherwise, see there."}
    dispute = api.http.post("/v1/accounts/acc-hostile/disputes", json=disputed)
    assert dispute.status_code == 201, dispute.text
    handoff = _won(api)
    api.clock.advance(hours=3)
    return World(decision, answer.json(), pending["review_id"], dispute.json()["id"], handoff)


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
