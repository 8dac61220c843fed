from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.columns import UnusableTableError
from service.crm.csv_table import read_header, read_rows
from service.crm.rows import UncheckedRow
from service.domain.rows import RejectedRow
from service.domain.terms import Source
from tests.crm.mapped import USUAL


def read(text: str) -> list[UncheckedRow | RejectedRow]:
    lines = iter(text.splitlines(keepends=True))
    return list(read_rows(read_header(lines, USUAL.account), lines))


def requests(text: str) -> list[Any]:
    return [row.request for row in read(text) if isinstance(row, UncheckedRow)]


def faults(text: str) -> list[tuple[int, str | None, str]]:
    return [
        (row.number, fault.field, fault.reason)
        for row in read(text)
        if isinstance(row, RejectedRow)
        for fault in row.faults
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_delimiter_and_line_end_is_read(delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (("id", "name"), ("a1", "Acme"), ("a2", "Beta"))]
    assert [request["account"]["name"] for request in requests(end.join(lines))] == ["Acme", "Beta"]


def test_the_delimiter_that_excel_announces_is_taken() -> None:
    assert requests("sep=;\nid;name\na1;Acme, Inc\n") == [{"account": {"id": "a1", "name": "Acme, Inc"}}]


def test_blanks_around_a_value_are_no_part_of_it_and_an_empty_cell_is_an_unknown_fact() -> None:
    assert requests("id,name,region,lam_dev_count\n a1 ,  ,\t, 12\n") == [
        {"account": {"id": "a1", "lam_dev_count": 12}}
    ]


def test_counts_are_listed_by_source_and_a_gap_says_that_one_is_wholly_wrong() -> None:
    [request] = requests(
        "id,zoominfo_employees,datafox_employees,datafox_gap,third_party_name\na,7,12,One office,Register\n"
    )
    assert request["employee_counts"] == (
        {"source": Source.ZOOMINFO, "wholly_wrong": False, "employees": 7},
        {"source": Source.DATAFOX, "wholly_wrong": True, "employees": 12, "gap": "One office"},
        {"source": Source.THIRD_PARTY, "wholly_wrong": False, "name": "Register"},
    )


def test_every_bad_value_of_a_row_is_reported_with_its_line_and_column() -> None:
    assert faults('id,name,ZI_Employees__c,CreatedDate\na1,"two\nlines",1,2021-06-01\n\na2,x,"1,200",June\n') == [
        (5, "ZI_Employees__c", '"1,200" is not a whole number; write digits only, for example 1200'),
        (5, "CreatedDate", '"June" is not a day; write it as 2022-03-15'),
    ]


def test_a_row_without_an_id_is_refused() -> None:
    assert faults("Id,name\n,Acme\n") == [(2, "Id", "is empty; every account needs its id")]


def test_a_row_with_too_many_or_too_few_cells_is_refused_and_empty_ones_at_the_end_do_no_harm() -> None:
    text = "id,name\na1,x,y\na2\na3,x,,\n"
    assert faults(text) == [
        (2, None, "has 3 cells where the header has 2"),
        (3, None, "has 1 cell where the header has 2"),
    ]
    assert [request["account"]["id"] for request in requests(text)] == ["a3"]


def test_rows_without_anything_in_them_are_passed_over() -> None:
    assert read("id,name\n\n,\n  , \n") == []


def test_a_value_that_is_not_ours_leaves_a_remark_and_its_fact_unknown() -> None:
    [row] = read("Id,Account_Demographics_Sales_Segment__c\na1,PubSec\n")
    assert isinstance(row, UncheckedRow)
    assert row.request == {"account": {"id": "a1"}}
    assert [(row.number, remark.field, remark.value) for remark in row.remarks] == [
        (2, "Account_Demographics_Sales_Segment__c", "PubSec")
    ]


def test_a_quotation_mark_that_is_not_closed_costs_its_own_line_alone() -> None:
    text = 'id,name\na1,"open\na2,"closed"\na3,fine\na4,"never\na5,fine\n'
    assert [row for row, _, _ in faults(text)] == [2, 5]
    assert [request["account"]["id"] for request in requests(text)] == ["a2", "a3", "a5"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The file is empty"),
        ("\n \n", "The file is empty"),
        ("number,name\n1,2\n", "No column states the account's id"),
        ("id,region,Region\n", '"region" stands more than once'),
        ('"id,name\n1,2\n', "The header .line 1. cannot be read as CSV"),
        ("x" * 200_000, "The header .line 1. cannot be read as CSV"),
    ],
)
def test_a_table_that_nothing_can_be_read_from_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnusableTableError, match=says):
        read(text)


CELLS = st.text(st.sampled_from('a1,;"\n\r\t \udcff\x00=-') | st.characters(), max_size=8)


@given(st.lists(CELLS, max_size=30))
def test_whatever_follows_a_header_every_row_is_either_read_or_refused_with_a_reason(pieces: list[str]) -> None:
    text = "id,name,ZI_Employees__c\n" + "".join(pieces)
    for row in read(text):
        if isinstance(row, RejectedRow):
            assert all(fault.reason.isprintable() for fault in row.faults)
        else:
            assert row.request["account"]["id"]
