"""Exports of accounts at random, the boundaries and the unknown among them, and what the core decides of them."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa

from service.bulk.decisions import DecidedRows
from service.bulk.facts import table_of
from service.domain.decide import decide
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.policy import Policy
from tests.builders import Request, posted
from tests.domain.generated import any_request

COLUMNS = (
    *("id", "name", "region", "crm_segment", "crm_created_on", "customer", "first_order_available", "key_account"),
    *("current_team", "max_family_employees", "lam_dev_count", "linkedin_engineering_it", "motion"),
    *(f"{source}_{field}" for source in ("datafox", "zoominfo", "linkedin") for field in ("employees", "gap")),
    *("third_party_name", "third_party_employees"),
)


def requests(number: int, *, seed: int) -> Iterator[Request]:
    """Requests that a row of a table can state, each of an account of its own."""
    random = Random(seed)
    for place in range(number):
        body, _ = any_request(random)
        body["account"]["id"] = f"acc-{place}"
        body["employee_counts"] = (
            _one_third_party(body["employee_counts"])
            if place % 10 == 0
            else [count for count in body["employee_counts"] if count["source"] != "third_party"]
        )
        yield body


def _one_third_party(counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    third = [count for count in counts if count["source"] == "third_party"]
    return [count for count in counts if count["source"] != "third_party"] + [
        {"source": "third_party", "name": count["name"], "employees": count["employees"]} for count in third[:1]
    ]


def as_csv(bodies: Iterable[Request], *, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The requests as a CSV file with the names of facts."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]  # a flag of csv, which typeshed has as a literal
    lines.writerow(COLUMNS)
    for body in bodies:
        stated = flat(body)
        lines.writerow(["" if stated.get(name) is None else _spelled(stated[name]) for name in COLUMNS])
    return text.getvalue()


def flat(body: Request) -> dict[str, Any]:
    """A request by the names of facts."""
    stated = dict(body["account"]) | {"motion": body["motion"]}
    for count in body["employee_counts"]:
        for field in ("employees", "gap", "name"):
            if count.get(field) is not None:
                stated[f"{count['source']}_{field}"] = count[field]
    return stated


def _spelled(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def decided_one_by_one(facts: Iterable[Facts], policy: Policy, on: date) -> pa.Table:
    """The decisions that the core takes, with what each clause says; without those that no rule covers."""
    decided = []
    for row, each in enumerate(facts):
        try:
            decided.append((row, decide(each, policy, on)))
        except UnroutableAccountError:
            continue
    return DecidedRows(policy).table(decided)


def facts_of(bodies: Iterable[tuple[Request, str | None]]) -> list[Facts]:
    """The facts of requests, with the VP's segment where a decision of theirs stands."""
    return [posted(body, vp) for body, vp in bodies]


def facts_table(facts: Iterable[Facts]) -> pa.Table:
    """The table of facts, by their position."""
    return table_of(enumerate(facts))
