"""Every engine answers as the decision core does, row by row, unknowns included."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bulk.columns import STATUS, TEAM, written_columns
from service.bulk.engines.open import Engine, UnusableEngineError, open_engine
from service.bulk.facts import ROW
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.verdicts import decided, verdict_of
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.vocabulary import leading_employees
from tests.builders import ON
from tests.bulk.engines import EMBEDDED
from tests.bulk.exports import decided_one_by_one, facts_of, facts_table
from tests.bulk.tables import Decided, as_table, one_by_one, same
from tests.domain.generated import any_request, requests
from tests.golden import decided_cases
from tests.programs import reordered, with_bands, with_routes, with_sources
from tests.servers import REPOSITORY

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table"),  # Ibis 12 asks DuckDB 2 by its older names
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark's gateway leaves its sockets to the end
]


def _decided(engine: Engine, policy: Policy, facts: pa.Table) -> pa.Table:
    """What an engine decides, without the rows that no rule covers."""
    decided = pa.concat_tables(engine.decide(policy, iter([facts])))
    uncovered = pc.and_(pc.is_null(decided[TEAM]), pc.not_equal(decided[STATUS], "pending_review"))
    return decided.filter(pc.invert(uncovered)).sort_by(ROW)


def _decides_as(engine: Engine, policy: Policy, facts: pa.Table, expected: pa.Table) -> None:
    actual = _decided(engine, policy, facts)
    assert actual.column_names == expected.column_names
    for name in expected.column_names:
        # As lists where they are not alike at once, for the sake of what is said then.
        alike = actual[name].type == expected[name].type and actual[name].equals(expected[name])
        assert alike or actual[name].to_pylist() == expected[name].to_pylist(), name


def _one_by_one(policy: Policy, facts: list[Facts]) -> tuple[pa.Table, pa.Table]:
    """The facts as a table, and what is decided on them one by one."""
    return facts_table(facts), decided_one_by_one(facts, policy, ON)


@cache
def _generated(policy: Policy, rows: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Rows at random, and what is decided of them one by one: found once for every engine."""
    return _one_by_one(policy, facts_of(requests(rows, seed=seed)))


PUBLISHED = fy23()


def test_generated_accounts_are_decided_as_one_by_one(engine: Engine) -> None:
    _decides_as(engine, PUBLISHED, *_generated(PUBLISHED, 4_000, seed=11))


def test_the_golden_cases_are_decided_as_one_by_one(engine: Engine) -> None:
    cases = facts_of((case.request, case.vp_segment) for case in decided_cases())
    _decides_as(engine, PUBLISHED, *_one_by_one(PUBLISHED, cases))


OTHER_THRESHOLDS = fy23(
    replace(
        FY23_PARAMETERS,
        mid_market_min_employees=120,
        first_order_min_employees=501,
        first_order_regions=("APAC",),
        in_crm_by=date(2022, 2, 25),
    ),
    version=2,
)


def test_a_policy_with_other_thresholds_is_decided_as_one_by_one(engine: Engine) -> None:
    _decides_as(engine, OTHER_THRESHOLDS, *_generated(OTHER_THRESHOLDS, 1_000, seed=12))


ROUTES = PUBLISHED.program.routes.routes
TURNED = with_routes(with_sources(PUBLISHED, reversed(PUBLISHED.program.sources.cases)), (*ROUTES[2:], *ROUTES[:2]))


def test_the_order_of_the_walk_is_the_policys_own(engine: Engine) -> None:
    _decides_as(engine, TURNED, *_generated(TURNED, 1_000, seed=13))


REORDERED = reordered(PUBLISHED)


def test_an_order_that_is_changed_in_the_program_alone_is_every_engines_order(engine: Engine) -> None:
    _decides_as(engine, REORDERED, *_generated(REORDERED, 20_000, seed=15))


def test_that_order_decides_some_of_these_rows_otherwise() -> None:
    assert sum(_differ(each, REORDERED) for each in facts_of(requests(2_000, seed=15))) > 20


def _differ(facts: Facts, policy: Policy) -> bool:
    return verdict_of(decided(facts, PUBLISHED, ON)) != verdict_of(decided(facts, policy, ON))


SMB, _, LARGE = PUBLISHED.program.bands.cases
TINY = Step("SEG-1", "tiny", "Tiny", leading_employees < 50, SMB.step.citation)
WITH_A_GAP = with_bands(PUBLISHED, (replace(SMB, step=TINY), LARGE))


def test_a_policy_with_a_gap_between_its_bands_leaves_accounts_there_without_a_segment(engine: Engine) -> None:
    _decides_as(engine, WITH_A_GAP, *_generated(WITH_A_GAP, 1_000, seed=14))


THRESHOLDS = st.sampled_from((1, 99, 100, 101, 499, 500, 501, 1999, 2000, 2001))
REGIONS = st.lists(st.sampled_from(("NORAM", "EMEA", "LATAM", "APAC", "DACH")), min_size=1, unique=True).map(tuple)


@pytest.fixture(scope="module", params=EMBEDDED)
def embedded(request: pytest.FixtureRequest) -> Engine:
    return open_engine(request.param)


@settings(max_examples=25, deadline=None)
@given(
    random=st.randoms(use_true_random=False),
    numbers=st.tuples(*[THRESHOLDS] * 6),
    regions=REGIONS,
    advised=REGIONS,
    day=st.dates(date(2022, 2, 20), date(2022, 2, 28)),
)
def test_any_parameters_decide_any_rows_as_one_by_one(
    embedded: Engine,
    random: Random,
    numbers: tuple[int, ...],
    regions: tuple[str, ...],
    advised: tuple[str, ...],
    day: date,
) -> None:
    parameters = replace(
        FY23_PARAMETERS,
        mid_market_min_employees=min(numbers[:2]),
        large_min_employees=max(numbers[:2]),
        first_order_min_employees=numbers[2],
        first_order_min_users=numbers[3],
        guideline_max_employees=numbers[4],
        guideline_users_above=numbers[5],
        first_order_regions=regions,
        double_check_advised_in=advised,
        in_crm_by=day,
    )
    policy, rows = fy23(parameters), facts_of(any_request(random) for _ in range(40))
    _decides_as(embedded, policy, *_one_by_one(policy, rows))


def test_a_range_that_leads_stands_in_its_own_column_beside_numbers_of_other_accounts(
    engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    counts = {"number": "640", "range": "501\u20131,000", "open": "10,001+", "across": "51-200", "none": ""}
    rows = [f'{name},EMEA,2021-06-01,"{count}",' for name, count in counts.items()]
    rows.append("passed,EMEA,2021-06-01,51-200,640")
    header = "id,region,crm_created_on,datafox_employees,zoominfo_employees"
    file.write_text("\n".join([header, *rows]))
    actual, expected = as_table(engine, file, tmp_path / "o.parquet"), one_by_one(file)

    same(_sorted(actual), _sorted(expected))
    leads = {row["account_id"]: row for row in actual.decisions.to_pylist()}
    assert {name: (row["leading_employees"], row["leading_range"]) for name, row in leads.items()} == {
        "number": (640, None),
        "range": (None, "501-1000"),
        "open": (None, "10001+"),
        "across": (None, None),
        "none": (None, None),
        "passed": (640, None),
    }


def _sorted(decided: Decided) -> Decided:
    return decided._replace(decisions=decided.decisions.sort_by("account_id"))


def test_a_decision_has_the_columns_of_the_contract_and_then_a_column_for_each_clause() -> None:
    names = written_columns(fy23()).names
    assert names[:12] == [
        *("account_id", "name", "current_team", "status", "segment", "team", "moves", "rule"),
        *("leading_source", "leading_employees", "leading_range", "missing_facts"),
    ]
    assert {"SEG-2/datafox", "SEG-1/smb", "ROUTE-3/when", "ROUTE-3/1", "ROUTE-3/4", "ROUTE-7/guideline"} <= set(names)
    assert not any(name.startswith(("MOVE", "HAND")) for name in names)


@pytest.mark.parametrize(
    "name", ["oracle", "", "postgresql", "mysql://x/y", "nosuch://x", "postgresql://127.0.0.1:1/none"]
)
def test_an_engine_that_cannot_be_had_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(UnusableEngineError, match=r"no such engine|cannot be reached"):
        open_engine(name)


@pytest.mark.parametrize(("name", "needs"), [("polars", "polars"), ("spark", "pyspark")])
def test_an_engine_whose_library_is_not_installed_is_refused_in_a_sentence(name: str, needs: str) -> None:
    without = f"import sys; sys.modules[{needs!r}] = None; from service.bulk.engines.open import open_engine; "
    opening = f"{without}open_engine({name!r})"

    ran = subprocess.run([sys.executable, "-c", opening], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    said = f"UnusableEngineError: What the engine {name} needs is not installed"
    last = ran.stderr.splitlines()[-1]
    assert last.startswith(f"service.bulk.engines.open.{said}")
    assert needs in last.partition("is not installed")[2]
    assert "chalkline" not in last


def test_decisions_come_in_the_order_of_the_rows_however_the_engine_reads_a_list_of_values(duckdb: Engine) -> None:
    policy = fy23(replace(FY23_PARAMETERS, double_check_advised_in=("NORAM", "DACH", "LATAM", "APAC", "EMEA")))
    tables = [facts_table(facts_of(requests(300, seed=seed))) for seed in range(4)] * 25
    decided = list(duckdb.decide(policy, iter(tables)))
    assert [row for table in decided for row in table[ROW].to_pylist()] == [*range(300)] * 100
    found = pa.concat_tables(decided).drop([ROW])
    assert found[:1_200].equals(found[1_200:2_400])
    assert found[:1_200].equals(found[-1_200:])
