"""Equal shapes, equal decisions: on any facts, under any parameters."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bulk.facts import FACTS
from service.bulk.shapes import Shapes, UnshapedPolicyError
from service.domain.clauses import Flag
from service.domain.decide import decide
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.policy import Parameters, Policy, Step, Trail
from service.domain.terms import Source
from service.store.rows.decisions import facts_of, facts_to_text
from service.usecases.verdicts import BY_ITSELF, Verdicts
from tests.builders import ON, Request, parsed
from tests.bulk.exports import decided_one_by_one, facts_table
from tests.domain.generated import DAYS, REGIONS, SEGMENTS, TEAMS, any_request

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
    return decision._replace(leading_employees=None)[1:], decision.trail


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), parameters=PARAMETERS)
def test_accounts_of_one_shape_are_decided_alike(seed: int, parameters: Parameters) -> None:
    _alike_where_alike_in_shape(Random(seed), fy23(parameters))


def _alike_where_alike_in_shape(random: Random, policy: Policy) -> int:
    """How many altered accounts agree with the one that they were altered from on all that deciding it looked at."""
    shapes, twins = Shapes(policy), 0
    for _ in range(10):
        bodies = [_stated(random)]
        bodies += [_altered(random, bodies[0]) for _ in range(60)]
        facts = [parsed(body).facts() for body in bodies]
        expected, trail = _said(facts[0], policy)
        named = shapes.of(facts_table(facts))
        first, *others = (named if trail is None else shapes.part(named, shapes.looked_at(trail))).tolist()
        for part, each in zip(others, facts[1:], strict=True):
            if part == first:
                twins += each != facts[0]
                assert _said(each, policy)[0] == expected, each
    return twins


def test_so_are_accounts_that_meet_by_chance() -> None:
    random, policy = Random(5), fy23()
    facts = [parsed(_stated(random)).facts() for _ in range(6_000)]
    met: dict[int, tuple[object, ...]] = {}
    for shape, each in zip(Shapes(policy).of(facts_table(facts)).tolist(), facts, strict=True):
        said, _ = _said(each, policy)
        assert met.setdefault(shape, said) == said
    assert len(met) < len(facts)
    assert _alike_where_alike_in_shape(random, policy) > 100


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), parameters=PARAMETERS)
def test_a_verdict_says_of_every_account_what_deciding_it_says(seed: int, parameters: Parameters) -> None:
    random, policy = Random(seed), fy23(parameters)
    verdicts = Verdicts(policy, ON, facts_of)
    for _ in range(3):
        base = [_stated(random) for _ in range(20)]
        facts = [parsed(body).facts() for body in (*base, *(_altered(random, each) for each in base * 10))]
        judged = verdicts.on(facts_table(facts), pa.array(map(facts_to_text, facts)))
        rows = judged.table.to_pylist()
        expected = {row["row"]: row for row in decided_one_by_one(facts, policy, ON).to_pylist()}
        for verdict, row, each in zip(judged.verdicts.tolist(), rows, facts, strict=True):
            said, trail = _said(each, policy)
            if verdict == BY_ITSELF:
                assert trail is None or decide(each, policy, ON).needs_review
            else:
                assert verdicts.decisions[verdict]._replace(leading_employees=None)[1:] == said, each
                assert row == expected[row["row"]]


@pytest.mark.parametrize("source", ["datafox", "zoominfo", "linkedin"])
@pytest.mark.parametrize("employees", [99, 499, 1999])
def test_a_number_at_a_threshold_is_of_another_shape_than_the_next(source: Source, employees: int) -> None:
    facts = [
        parsed({"account": {"id": "a"}, "employee_counts": [{"source": source, "employees": number}]}).facts()
        for number in (employees - 1, employees, employees + 1)
    ]
    below, at, above = Shapes(fy23()).of(facts_table(facts)).tolist()
    assert below == at != above


def test_a_policy_that_asks_what_no_column_answers_has_no_shapes() -> None:
    policy = fy23()
    asked = Step("ROUTE-7", "guideline", "Strange", Flag("strange").holds, policy.guideline.citation)
    values = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
    with pytest.raises(UnshapedPolicyError, match="strange"):
        Shapes(Policy(**values | {"guideline": asked}))


def test_rows_without_any_fact_have_one_shape() -> None:
    nothing = pa.table([pa.nulls(2, field.type) for field in FACTS], schema=FACTS)
    assert len(set(Shapes(fy23()).of(nothing).tolist())) == 1
