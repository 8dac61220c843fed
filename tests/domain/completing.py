"""Requests whose unknown facts are made known, on every side of every boundary."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from service.domain.decision import Decision
from service.domain.terms import Basis
from tests.builders import Request
from tests.domain.reading import COMPLETIONS


def is_unknown(name: str, body: Request, decision: Decision) -> bool:
    """Whether a fact of ``COMPLETIONS`` is open, of a request that was decided so."""
    if name == "employee_counts":
        return decision.leading_employees is None and decision.rule in {"ROUTE-4", "ROUTE-5", "ROUTE-6"}
    value = body["account"][name]
    if name == "crm_created_on":
        return value is None and body["motion"] == "existing"
    return value is None or (name == "max_family_employees" and value == 0)


def completions(body: Request, decision: Decision, unknown: list[str]) -> Iterator[Request]:
    """The request with its unknown facts known, in every way that does not contradict itself."""
    return (completed for _, completed in completed_by(body, decision, unknown))


def completed_by(
    body: Request, decision: Decision, unknown: list[str], values_of: Mapping[str, tuple[Any, ...]] = COMPLETIONS
) -> Iterator[tuple[tuple[Any, ...], Request]]:
    """The same, each with the values that it was completed by, in the order of ``unknown``."""
    for values in product(*(values_of[name] for name in unknown)):
        learnt = dict(zip(unknown, values, strict=True))
        counts = body["employee_counts"]
        if "employee_counts" in learnt:
            number = learnt.pop("employee_counts")
            # A source comes to lead where none had data; where the VP has led, only third-party evidence counts.
            by_vp = [*counts, {"source": "third_party", "name": "Survey", "employees": number}]
            counts = by_vp if decision.basis is Basis.VP else [{"source": "datafox", "employees": number}]
        account = body["account"] | learnt
        if not (account["customer"] and account["first_order_available"]):
            yield values, body | {"account": account, "employee_counts": counts}
