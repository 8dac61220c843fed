"""A walk through the service: everything that it can be told, so that it records decisions of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from uuid import UUID

import httpx

from service.store.applications import ApplicationStatus, find_application
from service.store.changeovers import ChangeoverStatus, find_changeover
from tests.api import Api, eventually, serving
from tests.application import Clock
from tests.builders import request
from tests.entrypoints.follow_ups import LARGE, SMALL, discover
from tests.entrypoints.test_api_policies import drafted, published
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, PLAIN_ACCOUNT, WON, notification, plain_event
from tests.releases.accounts import BETWEEN, FACTS
from tests.releases.handoffs import hand_over

_BETWEEN = {"employees": 550, "potential_users": 60}


@contextmanager
def walked(url: str) -> Iterator[Api]:
    """A service over a fresh database that was told everything; alike each time, down to every identifier."""
    clock = Clock(NOW)
    with serving(url, clock=clock, inbound=SET_UP, at_work=True, random_bits=count(1).__next__) as api:
        api.http.event_hooks |= {"request": [partial(_let_a_minute_pass, clock)]}
        _walk(api)
        yield api


def _let_a_minute_pass(clock: Clock, request: httpx.Request) -> None:
    """Each telling takes a minute; asking takes no time."""
    if request.method != "GET":
        clock.advance(minutes=1)


def _walk(api: Api) -> None:
    _classify(api)
    _review(api)
    _hear_of_the_crm(api)
    api.clock.at = datetime(2022, 4, 11, 9, tzinfo=UTC)
    _discover(api)
    api.clock.at = datetime(2022, 5, 2, 9, tzinfo=UTC)
    _change_over(api)
    _report(api)
    api.clock.at = datetime(2022, 6, 8, 9, tzinfo=UTC)
    hand_over(api)
    api.clock.at = datetime(2022, 7, 1, 9, tzinfo=UTC)
    _publish(api)
    _apply(api)


def _classify(api: Api) -> None:
    duplicated = {"outbound-fits": {"dedup_requested_by": "Sample AE of the duplicate"}}
    items = [request(id=account, **facts) | duplicated.get(account, {}) for account, facts in FACTS.items()]
    for item in items[:3]:
        api.classify(item)
    answer = api.http.post("/v1/classifications/batch", json={"items": items[3:]})
    assert {result["status"] for result in answer.json()["results"]} == {201}, answer.text


def _review(api: Api) -> None:
    """Resolve a review that blocks; post the same counts again, and others; leave one that does not block open."""
    opened = api.get("/v1/accounts/third-party")["decision"]["review_id"]
    verdict = {"segment": "MM", "reason": "The filing is the newest evidence."}
    assert api.http.post(f"/v1/reviews/{opened}/resolution", json=verdict).status_code == 201
    api.classify(id="third-party", **FACTS["third-party"])
    api.classify(id="linkedin", **FACTS["linkedin"] | {"df": 13})


def _hear_of_the_crm(api: Api) -> None:
    """An account and its First Order told by Salesforce, and one told by name."""
    crm = Crm(api)
    crm.outbound(notification("crm-1", KEY_ACCOUNT))
    crm.outbound(notification("006-1", {**WON, "AccountId": "crm-1"}, number=2, kind="Opportunity"))
    crm.outbound(notification("006-2", {**WON, "AccountId": "crm-2"}, number=3, kind="Opportunity"))
    crm.plain(plain_event("crm-3", **PLAIN_ACCOUNT), "msg_1")
    assert [event["status"] for event in crm.events()] == ["applied", "waiting", "applied", "applied"]


def _discover(api: Api) -> None:
    discover(api, "small", evidence="The annual report", **SMALL)
    api.classify(id="small", **FACTS["small"])
    discover(api, "held-back", **SMALL | {"employees": 520})
    discover(api, "users-unsaid", employees=430)
    discover(api, "worked-on", **SMALL)
    api.classify(id="worked-on", **FACTS["worked-on"] | {"df": 60})
    discover(api, "grown", employees=2_400)
    api.classify(id="grown", **FACTS["grown"])
    discover(api, "grown-elsewhere", employees=700)
    discover(api, "nobody", **LARGE)
    discover(api, "between", **_BETWEEN)


def _change_over(api: Api) -> None:
    """Two changeovers: the first finds that every account was active, or may have been; the second moves one."""
    for on in ("2022-02-01", "2022-05-01"):
        assert api.http.post("/v1/changeovers", json={"on": on}).status_code == 202
        eventually(partial(_is_done, api, date.fromisoformat(on)))
    api.classify(id="idle", **FACTS["idle"])


def _is_done(api: Api, on: date) -> bool:
    # Past HTTP, where every request takes an identifier: how often this is asked is not alike each time.
    found = find_changeover(api.database.engine, on)
    return found is not None and found.status is ChangeoverStatus.DONE


def _report(api: Api) -> None:
    """An AE who ignored moves so often that disciplinary action is likely (MOVE-4)."""
    matter = {"account_executive": "Sample AE", "account_id": "small", "reason": "Worked on all the same"}
    for day in ("2022-04-20", "2022-04-27", "2022-05-01"):
        assert api.http.post("/v1/conduct", json=matter | {"occurred_on": day}).status_code == 201


def _publish(api: Api) -> None:
    """A revision with another threshold: what it changes is decided under it, and a second draft is left."""
    published(api, drafted(api))
    for account, facts in BETWEEN.items():
        api.classify(id=account, **facts)
    discover(api, "by-employees", **_BETWEEN, discovered_on="2022-07-01")
    drafted(api, {"tam_below": 60_000})


def _apply(api: Api) -> None:
    """The revision is applied to the accounts that stand under the first."""
    asked = api.http.post("/v1/policies/fy23/application", json={})
    assert asked.status_code == 202, asked.text
    application_id = UUID(asked.json()["id"])
    eventually(lambda: _is_applied(api, application_id))


def _is_applied(api: Api, application_id: UUID) -> bool:
    found = find_application(api.database.engine, application_id)
    return found is not None and found.status is ApplicationStatus.DONE
