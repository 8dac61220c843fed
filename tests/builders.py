"""Requests and facts for tests: what a test does not state is as in the worked examples of the rules."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.facts import Facts, VpDecision
from service.domain.policies import BUILT_IN
from service.domain.policy import Policy
from service.domain.terms import Segment
from service.entrypoints.common.requests import ClassificationRequest

ON = date(2022, 3, 15)
IN_THE_CRM = "2021-06-01"
"""A day on which an account was created long before the cut-off."""

_FACTS = TypeAdapter(Facts)
Request = dict[str, Any]
"""A request as JSON has it."""


def request(
    *,
    df: int | None = None,
    zi: int | None = None,
    li: int | None = None,
    wrong: Mapping[str, str] | None = None,
    third: Iterable[int | Request | None] = (),
    created: str | None = IN_THE_CRM,
    motion: str = "existing",
    on: date | None = ON,
    **account: object,
) -> Request:
    """A classification request.

    ``df``, ``zi`` and ``li`` are the counts of Datafox, Zoominfo and LinkedIn (None: no entry). ``wrong`` gives the
    gap of each that is wholly wrong. ``third`` are third-party counts, by their number or in full. Everything else is
    a fact of the account; ``first_order_available=None`` makes that one unknown. Effective ``on`` a day, None: today.
    """
    gaps = wrong or {}
    short = {"df": ("datafox", df), "zi": ("zoominfo", zi), "li": ("linkedin", li)}
    counts = [
        {"source": source, "employees": employees} | ({"wholly_wrong": True, "gap": gaps[key]} if key in gaps else {})
        for key, (source, employees) in short.items()
        if employees is not None
    ]
    counts += [
        evidence if isinstance(evidence, dict) else third_party(evidence, name=f"Filing {number}")
        for number, evidence in enumerate(third, start=1)
    ]
    known: Request = {"id": "acc-1", "region": "NORAM", "customer": False, "first_order_available": True}
    return {
        "account": known | {"crm_created_on": created} | account,
        "employee_counts": counts,
        "motion": motion,
        "effective_on": None if on is None else on.isoformat(),
    }


def third_party(employees: int | None, *, name: str = "Companies House filing", **more: object) -> Request:
    """A third party's count, as JSON has it."""
    return {"source": "third_party", "name": name, "employees": employees} | more


def parsed(body: Request) -> ClassificationRequest:
    """A request read from its JSON, as an entry point reads it."""
    return ClassificationRequest.model_validate_json(json.dumps(body))


def stated(**known: Any) -> Facts:  # noqa: ANN401 - what ``request`` takes, with ranges as they are written
    """Facts whose counts may be ranges, as the record has them."""
    body = request(**known)
    text = json.dumps({name: value for name, value in body.items() if name != "effective_on"})
    read: Facts = _FACTS.validate_json(text)
    return read


def vp_says(segment: str) -> VpDecision:
    """The VP's decision for a segment."""
    return VpDecision(
        segment=Segment(segment), reason="The filing is the newest evidence.", decided_by="vp@example.com"
    )


def posted(body: Request, vp: str | None) -> Facts:
    """The facts of a request, with the VP's decision for a segment where one stands."""
    return replace(parsed(body).facts(), vp_decision=None if vp is None else vp_says(vp))


def facts(*, vp: str | None = None, **stated: Any) -> Facts:  # noqa: ANN401 - what ``request`` takes
    """The facts of a request, with the VP's decision for a segment where one stands."""
    return posted(request(**stated), vp)


def decided(*, policy: Policy | None = None, vp: str | None = None, **stated: Any) -> Decision:  # noqa: ANN401 - as above
    """The decision on the facts of a request, on the day of the worked examples."""
    return decide(facts(vp=vp, **stated), policy or BUILT_IN.on(ON), ON)
