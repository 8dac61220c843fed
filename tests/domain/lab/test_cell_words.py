from datetime import date

import pytest

from service.domain.cells import (
    Among,
    Beside,
    Cell,
    Span,
    Unknown,
    YesOrNo,
    cells_words,
    holds_in,
    merged,
    nearest_in,
    spans,
)
from service.domain.clauses import Compare


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([Span(1, 99)], "fewer than 100"),
        ([Span(0, 99)], "fewer than 100"),
        ([Span(100, 1999)], "100 to 1,999"),
        ([Span(2000, 2000)], "2,000"),
        ([Span(100, None)], "100 or more"),
        ([Span(100, 499), Span(500, 599)], "100 to 599"),
        ([Span(100, 100), Span(2000, 2000), Unknown()], "100, 2,000 or not known"),
        ([Span(None, date(2022, 2, 24))], "2022-02-24 or earlier"),
        ([Span(date(2022, 2, 25), None)], "2022-02-25 or later"),
        ([Span(date(2022, 2, 25), date(2022, 2, 25))], "2022-02-25"),
        ([Span(date(2022, 2, 25), date(2022, 2, 26)), Span(date(2022, 2, 27), None)], "2022-02-25 or later"),
        ([Span(None, None)], "known"),
        ([Among(("NORAM",)), Among(("EMEA",))], "NORAM or EMEA"),
        ([Among(("EMEA",)), Beside(("NORAM", "EMEA"))], "not NORAM"),
        ([Beside(("NORAM", "EMEA"))], "none of NORAM and EMEA"),
        ([Beside(())], "known"),
        ([YesOrNo(answer=False), Unknown()], "false or not known"),
    ],
)
def test_cells_read_as_what_a_fact_is(cells: list[Cell], words: str) -> None:
    assert cells_words("region", cells) == words


def test_a_day_of_creation_that_is_absent_is_said_as_such() -> None:
    assert cells_words("crm_created_on", [Unknown()]) == "not in the CRM"


def test_spans_that_do_not_adjoin_stay_apart() -> None:
    assert merged([Span(1, 99), Span(101, None)]) == [Span(1, 99), Span(101, None)]


def test_strict_and_lenient_comparisons_cut_where_they_part() -> None:
    leaves = [Compare("n", ">=", 5), Compare("n", "<", 5), Compare("n", ">", 5), Compare("n", "<=", 8)]

    assert spans(0, leaves) == (Span(0, 4), Span(5, 5), Span(6, 8), Span(9, None))


@pytest.mark.parametrize(
    ("cell", "value", "nearest"),
    [
        (Span(100, 499), 640, 499),
        (Span(100, 499), 12, 100),
        (Span(100, 499), 300, 300),
        (Span(100, 499), None, 100),
        (Span(None, date(2022, 2, 24)), None, date(2022, 2, 24)),
        (Span(None, date(2022, 2, 24)), date(2022, 3, 1), date(2022, 2, 24)),
        (Among(("NORAM", "EMEA")), "EMEA", "EMEA"),
        (Among(("NORAM", "EMEA")), "APAC", "NORAM"),
        (Beside(("NORAM", "EMEA")), "NORAM", "LATAM"),
        (Beside(("NORAM", "EMEA")), "DACH", "DACH"),
        (Beside(("NORAM", "EMEA", "LATAM", "APAC")), None, "NORAMEMEALATAMAPAC?"),
        (YesOrNo(answer=True), None, True),
        (Unknown(), 5, None),
    ],
)
def test_the_nearest_value_of_a_cell_lies_in_it(cell: Cell, value: object, nearest: object) -> None:
    found = nearest_in(cell, value)  # type: ignore[arg-type]  # a table of values

    assert found == nearest
    assert holds_in(cell, found)
