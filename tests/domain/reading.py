"""The rules read once more, naively, from their text: no policy, no clauses, no code of the decision core.

Unknown facts are read by trying every value that could matter: what comes out the same every time is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.builders import Request

COMPLETIONS: dict[str, tuple[object, ...]] = {
    "region": ("NORAM", "EMEA", "LATAM", "APAC"),
    "first_order_available": (True, False),
    "customer": (True, False),
    "key_account": (True, False),
    "max_family_employees": (499, 500),
    "lam_dev_count": (99, 100),
    "linkedin_engineering_it": (99, 100),
    "employee_counts": (100, 499, 500, 1999),
    "crm_created_on": ("2022-02-24", "2022-02-25"),
}
"""For each fact of routing, values on both sides of every boundary within Mid-Market."""
FACTS_OF_ROUTE_3 = ("region", "first_order_available", "max_family_employees", "lam_dev_count")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the rules say of a request. ``team`` is None while pending."""

    segment: str | None
    basis: str | None
    employees: int | None
    rule: str
    team: str | None
    status: str
    mattering: frozenset[str]
    advice: frozenset[str]
    actions: frozenset[str]


def read(body: Request, vp_segment: str | None = None) -> Reading:
    """Read the rules for a request."""
    segment, basis, employees, passed = _walk(body, vp_segment)
    known = {name: body["account"].get(name) for name in COMPLETIONS} | {"employee_counts": employees}
    known["max_family_employees"] = known["max_family_employees"] or None
    if known["crm_created_on"] is None and body["motion"] != "existing":
        known["crm_created_on"] = "not there yet"
    rule, team = _route(body, segment, known)
    teams = {} if segment is None else _teams(body, segment, known)
    firm = "pending_review" if segment is None else "final" if len(set(teams.values())) == 1 else "provisional"
    advice, actions = _notices(body, segment, known, team)
    if segment == "SMB" and basis in {"zoominfo", "linkedin"} and number_of(body, "datafox") is None:
        advice.add("look_at_datafox")
    if passed and segment is not None and basis != "vp":
        actions.add("post_to_chatter")
    if segment is None:
        actions |= {"post_to_chatter", "await_the_vp"} | (set() if third_parties(body) else {"find_third_party"})
    if firm == "provisional":
        actions.add("discover")
    if rule == "ROUTE-2" and team == "MMKAFO":
        actions.add("start_or_finish_handoff")
    if rule == "ROUTE-5" and team == "MMKAFO":
        actions.add("ask_sales_operations")
    return Reading(
        segment=segment,
        basis=basis,
        employees=employees,
        rule=rule,
        team=team,
        status=firm,
        mattering=_mattering(teams, known),
        advice=frozenset(advice),
        actions=frozenset(actions),
    )


def band(employees: int) -> str:
    """SEG-1."""
    return "SMB" if employees <= 99 else "MM" if employees <= 1999 else "LARGE"


def number_of(body: Request, source: str) -> int | None:
    """The number of a primary source, 0 being none."""
    return next((count["employees"] for count in body["employee_counts"] if count["source"] == source), None) or None


def third_parties(body: Request) -> list[dict[str, Any]]:
    """The counts of third parties that have a number: one without, or with 0, is no entry."""
    return [count for count in body["employee_counts"] if count["source"] == "third_party" and count["employees"]]


def wrong(body: Request, source: str) -> bool:
    """Whether a primary source is wholly wrong."""
    return any(count["source"] == source and count.get("wholly_wrong", False) for count in body["employee_counts"])


def _walk(body: Request, vp_segment: str | None) -> tuple[str | None, str | None, int | None, bool]:
    third = third_parties(body)
    if vp_segment is not None:
        stand = [count["employees"] for count in third if not count.get("wholly_wrong", False)]
        return vp_segment, "vp", stand[0] if stand else None, False
    passed = False
    for source in ("datafox", "zoominfo", "linkedin"):
        number = number_of(body, source)
        if number is not None and not wrong(body, source):
            return band(number), source, number, passed
        passed = passed or number is not None
    mark = body["account"].get("crm_segment")
    if mark is not None and not passed and not third:
        return mark, "crm", None, False
    return None, None, None, passed


def _route(body: Request, segment: str | None, known: dict[str, Any]) -> tuple[str, str | None]:
    if segment is None:
        return "ROUTE-1", None
    if segment != "MM":
        return "ROUTE-1", "SMB" if segment == "SMB" else "OUTSIDE_COMMERCIAL"
    if known["customer"] is True and known["first_order_available"] is not True:
        if known["key_account"] is None:
            current = body["account"].get("current_team")
            return "ROUTE-2", current if current in {"MMKAN", "MM_TERRITORY", "MMKAFO"} else "MM_TERRITORY"
        return "ROUTE-2", "MMKAN" if known["key_account"] else "MM_TERRITORY"
    rule = _rule_for_others(body, known["crm_created_on"])
    # Perhaps is as good as no: an account that has not been vetted is Territory's.
    surely = all(_first_order_owns(rule, facts) for facts in _completed(known))
    return rule, "MMKAFO" if surely else "MM_TERRITORY"


def _rule_for_others(body: Request, created: str | None) -> str:
    if created is not None and created <= "2022-02-24":
        return "ROUTE-3"
    if body["motion"] == "inbound_mql":
        return "ROUTE-4"
    if body["motion"] == "outbound":
        return "ROUTE-5"
    return "ROUTE-6"


def _first_order_owns(rule: str, facts: dict[str, Any]) -> bool:
    if rule == "ROUTE-3":
        one, two = facts["region"] in {"NORAM", "EMEA"}, facts["first_order_available"]
        return bool(one and two and (facts["max_family_employees"] >= 500 or facts["lam_dev_count"] >= 100))
    enough = bool(facts["employee_counts"] >= 500)
    return enough or (rule == "ROUTE-5" and facts["linkedin_engineering_it"] >= 100)


def _completed(known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    choices = [COMPLETIONS[name] if value is None else (value,) for name, value in known.items()]
    for values in product(*choices):
        yield dict(zip(known, values, strict=True))


def _teams(body: Request, segment: str, known: dict[str, Any]) -> dict[tuple[Any, ...], str | None]:
    """The team for every completion of the facts, but for those that contradict themselves."""
    return {
        tuple(facts.values()): _route(body, segment, facts)[1]
        for facts in _completed(known)
        if not (facts["customer"] and facts["first_order_available"])
    }


def _mattering(teams: dict[tuple[Any, ...], str | None], known: dict[str, Any]) -> frozenset[str]:
    """The unknown facts that can change the team by themselves, all others being known somehow."""
    found = set()
    for place, (name, value) in enumerate(known.items()):
        if value is None:
            others: dict[tuple[Any, ...], set[str | None]] = {}
            for facts, team in teams.items():
                others.setdefault(facts[:place] + facts[place + 1 :], set()).add(team)
            if any(len(possible) > 1 for possible in others.values()):
                found.add(name)
    return frozenset(found)


def _notices(body: Request, segment: str | None, known: dict[str, Any], team: str | None) -> tuple[set[str], set[str]]:
    advice: set[str] = set()
    actions: set[str] = set()
    region, mark, linkedin = known["region"], body["account"].get("crm_segment"), number_of(body, "linkedin")
    if region not in {None, "NORAM", "EMEA", "LATAM", "APAC"}:
        advice.add("unfamiliar_region")
    numbers = [number for source in ("datafox", "zoominfo", "linkedin") if (number := number_of(body, source))]
    if len({band(number) for number in numbers}) > 1:
        advice.add("sources_disagree")
    if segment is not None and mark not in {None, segment}:
        advice.add("crm_segment_differs")
    if segment == "SMB" and (linkedin is None or wrong(body, "linkedin")):
        (advice if region in {None, "NORAM", "LATAM"} else actions).add("verify_with_linkedin")
    elif segment == "SMB" and linkedin is not None and linkedin >= 100:
        advice.add("linkedin_contradicts")
    employees, engineers = known["employee_counts"], known["linkedin_engineering_it"]
    fits = (employees is None or 500 <= employees <= 1999) and (engineers is None or engineers > 100)
    if team == "MMKAFO" and not fits:
        advice.add("outside_guideline")
    return advice, actions
