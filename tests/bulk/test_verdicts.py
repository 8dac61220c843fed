"""A verdict says of a row what deciding it says: on any facts, under any parameters."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bulk.facts import FACTS
from service.bulk.verdicts import BY_ITSELF, Verdicts
from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.parameters import Parameters
from service.domain.parts import Trail
from service.domain.policy import Policy
from tests.builders import ON, Request, parsed
from tests.bulk.exports import decided_one_by_one, facts_table
from tests.domain.generated import DAYS, REGIONS, SEGMENTS, TEAMS, any_request
from tests.programs import reordered

pytestmark = pytest.mark.slow

NUMBERS = st.sampled_from((1, 2, 99, 100, 101, 499, 500, 501, 1999, 2000, 2001))
CHOSEN = st.lists(st.sampled_from(("NORAM", "EMEA", "LATAM", "APAC", "DACH")), min_size=1, unique=True).map(tuple)
PARAMETERS = st.builds(
    lambda bands, rest, regions, advised, day: replace(
        FY23_PARAMETERS,
        mid_market_min_employees=min(bands),
        large_min_employees=max(bands),
        first_order_min_employees=rest[0],
        first_order_min_users=rest[1],
        guideline_max_employees=rest[2],
        guideline_users_above=rest[3],
        first_order_regions=regions,
        double_check_advised_in=advised,
        in_crm_by=day,
    ),
    st.tuples(NUMBERS, NUMBERS),
    st.tuples(*[NUMBERS] * 4),
    CHOSEN,
    CHOSEN,
    st.dates(date(2022, 2, 20), date(2022, 2, 28)),
)
EITHER = (None, True, False)


def _stated(random: Random) -> Request:
    """A request with what rows state that are recorded together: no third party has a say."""
    body, _ = any_request(random)
    body["employee_counts"] = [count for count in body["employee_counts"] if count["source"] != "third_party"]
    return body


def _number(random: Random, near: int | None) -> int | None:
    near = near or random.choice((100, 500, 2000))
    beside = max(1, near + random.randrange(-40, 40))
    bound = random.choice((1, 100, 500, 2000)) + random.randrange(-1, 3)
    return random.choice(
        (near - 1, near + 1, bound, bound, beside, beside, random.randrange(1, 4_000), 1_000_000, 0, None)
    )


def _altered(random: Random, body: Request) -> Request:
    """The same request but for a fact or a few."""
    account, counts = dict(body["account"]), [dict(count) for count in body["employee_counts"]]
    choices: dict[str, tuple[Any, ...]] = {
        "region": (*REGIONS, "Antarctica", None),
        "crm_segment": (*SEGMENTS, None),
        "crm_created_on": (*DAYS, "2016-05-05", "2022-12-31", *(f"2022-02-{day}" for day in range(19, 29)), None),
        "customer": EITHER,
        "first_order_available": EITHER,
        "key_account": EITHER,
        "current_team": (*TEAMS, None),
    }
    for _ in range(random.choice((1, 1, 1, 2))):
        name = random.choice((*choices, "max_family_employees", "lam_dev_count", "linkedin_engineering_it", *["n"] * 6))
        if name in choices:
            account[name] = random.choice(choices[name])
        elif name != "n":
            account[name] = _number(random, account[name])
        elif counts:
            count = random.choice(counts)
            count["employees"] = _number(random, count["employees"])
    if account["customer"]:
        account["first_order_available"] = random.choice((None, False))
    motion = body["motion"] if random.random() < 0.9 else random.choice(("existing", "inbound_mql", "outbound"))
    return body | {"account": account, "employee_counts": counts, "motion": motion}


def _said(facts: Facts, policy: Policy) -> tuple[tuple[object, ...], Trail | None]:
    """What is decided, without what is each account's own, and by which trail; no trail where no rule covers it."""
    try:
        decision = decide(facts, policy, ON)
    except UnroutableAccountError:
        return (), None
    leads = [
        count.employees
        for count in facts.employee_counts
        if decision.basis is not None and count.source.value == decision.basis.value
    ]
    assert decision.leading_employees == (leads[0] if leads else None)
    return _without_its_own(decision), decision.trail


def _without_its_own(decision: Decision) -> tuple[object, ...]:
    return decision._replace(leading_employees=None)[1:]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), parameters=PARAMETERS)
def test_a_verdict_says_of_every_account_what_deciding_it_says(seed: int, parameters: Parameters) -> None:
    random, policy = Random(seed), fy23(parameters)
    tables = [_facts(random) for _ in range(2)]
    verdicts = Verdicts(policy, ON)
    for facts, judged in zip(tables, verdicts.judge(map(facts_table, tables)), strict=True):
        rows = judged.table.to_pylist()
        expected = {row["row"]: row for row in decided_one_by_one(facts, policy, ON).to_pylist()}
        for verdict, row, each in zip(judged.verdicts.tolist(), rows, facts, strict=True):
            said, trail = _said(each, policy)
            if verdict == BY_ITSELF:
                assert trail is None or decide(each, policy, ON).needs_review
            else:
                assert _without_its_own(verdicts.decisions[verdict]) == said, each
                assert row == expected[row["row"]]


def _facts(random: Random) -> list[Facts]:
    """Of 330 accounts, most of them but a little unlike another."""
    base = [_stated(random) for _ in range(30)]
    return [parsed(body).facts() for body in (*base, *(_altered(random, each) for each in base * 10))]


def test_a_verdict_follows_the_order_of_the_program() -> None:
    random, policy = Random(8), reordered(fy23())
    facts = [parsed(_stated(random)).facts() for _ in range(3_000)]
    verdicts = Verdicts(policy, ON)
    (judged,) = verdicts.judge([facts_table(facts)])
    for verdict, each in zip(judged.verdicts.tolist(), facts, strict=True):
        said, trail = _said(each, policy)
        if verdict == BY_ITSELF:
            assert trail is None or decide(each, policy, ON).needs_review
        else:
            assert _without_its_own(verdicts.decisions[verdict]) == said


def test_rows_without_any_fact_are_decided_by_themselves() -> None:
    nothing = pa.table([pa.nulls(2, field.type) for field in FACTS], schema=FACTS)
    (judged,) = Verdicts(fy23(), ON).judge([nothing])

    assert judged.verdicts.tolist() == [BY_ITSELF] * 2


def test_tables_of_any_size_are_judged_one_by_one_in_their_order() -> None:
    random, sizes = Random(9), (1, 500, 3, 40_000, 2, 33_000)
    some = facts_table([parsed(_stated(random)).facts() for _ in range(500)])
    many = pa.concat_tables([some] * 80)
    tables = [many[:size] for size in sizes]

    judged = list(Verdicts(fy23(), ON).judge(tables))

    assert [len(each.verdicts) for each in judged] == list(sizes)
    for table, each in zip(tables, judged, strict=True):
        assert each.table["row"].to_pylist() == table["row"].to_pylist()
