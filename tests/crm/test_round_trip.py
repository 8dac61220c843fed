"""A row written from a request, and read back, states the same facts."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.csv_table import read_header, read_rows
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.rows import UncheckedRow
from service.domain.facts import Account, EmployeeCount, SizeCleanup
from service.domain.terms import FAMILIAR_REGIONS, Motion, Segment, Source, Team
from service.entrypoints.common.requests import ClassificationRequest
from tests.crm.mapped import USUAL

WORDS = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" ,;\"'"), min_size=1, max_size=30).map(
    str.strip
)
LINES = WORDS.filter(bool)
NAMES = LINES.filter(lambda name: "customer" not in name.casefold() and "prospect" not in name.casefold())
COUNTS = st.integers(0, 3000)
DAYS = st.dates(date(2022, 2, 1), date(2030, 1, 1))
SEGMENTS = st.sampled_from(Segment)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def counts(draw: st.DrawFn, source: Source) -> EmployeeCount:
    gap = draw(maybe(LINES))
    third_party = source is Source.THIRD_PARTY
    return EmployeeCount(
        source=source,
        name=draw(NAMES) if third_party else None,
        # A primary source of which nothing is stated has no cell to be written in.
        employees=draw(maybe(COUNTS) if third_party or gap else COUNTS),
        observed_on=draw(maybe(DAYS)),
        url=draw(maybe(st.just("https://example.org/1"))),
        wholly_wrong=gap is not None,
        gap=gap,
    )


@st.composite
def requests(draw: st.DrawFn) -> ClassificationRequest:
    customer = draw(maybe(st.booleans()))
    cleanup = draw(maybe(SEGMENTS))
    return ClassificationRequest(
        account=Account(
            id=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}", fullmatch=True)),
            name=draw(maybe(LINES)),
            region=draw(maybe(st.sampled_from((*FAMILIAR_REGIONS, "Benelux")))),
            crm_segment=draw(maybe(SEGMENTS)),
            crm_created_on=draw(maybe(DAYS)),
            customer=customer,
            first_order_available=draw(maybe(st.sampled_from([False] if customer else [False, True]))),
            key_account=draw(maybe(st.booleans())),
            current_team=draw(maybe(st.sampled_from(Team))),
            max_family_employees=draw(maybe(COUNTS)),
            lam_dev_count=draw(maybe(COUNTS)),
            linkedin_engineering_it=draw(maybe(COUNTS)),
            last_activity_on=draw(maybe(DAYS)),
            size_cleanup=None if cleanup is None else SizeCleanup(feb_2019=draw(maybe(SEGMENTS)), nov_2019=cleanup),
        ),
        employee_counts=tuple(draw(counts(source)) for source in draw(st.sets(st.sampled_from(Source)).map(sorted))),
        motion=draw(st.sampled_from(Motion)),
        effective_on=draw(maybe(DAYS)),
        dedup_requested_by=draw(maybe(LINES)),
    )


def as_cells(request: ClassificationRequest) -> dict[str, str]:
    data: dict[str, Any] = request.model_dump(mode="json")
    data["employee_counts"] = {count["source"]: count for count in data["employee_counts"]}
    cells = {}
    for name, fact in FACTS_BY_NAME.items():
        value: Any = data
        for step in fact.place:
            value = (value or {}).get(step)
        if name not in {"salesforce_id", "customer_type"}:
            cells[name] = "" if value is None else str(value)
    return cells


@pytest.mark.law
@given(st.lists(requests(), min_size=1, max_size=3), st.sampled_from(",;\t"))
def test_a_row_written_from_a_request_states_the_same_facts_when_read_back(
    written: list[ClassificationRequest], delimiter: str
) -> None:
    file = io.StringIO()
    rows = [as_cells(request) for request in written]
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    rows_read = read_rows(read_header(file, USUAL.account), file)
    read = [row for row in rows_read if isinstance(row, UncheckedRow)]
    assert [sort_counts(ClassificationRequest.model_validate(row.request)) for row in read] == [
        sort_counts(request) for request in written
    ]


def sort_counts(request: ClassificationRequest) -> ClassificationRequest:
    return request.model_copy(
        update={"employee_counts": tuple(sorted(request.employee_counts, key=lambda count: count.source))}
    )
