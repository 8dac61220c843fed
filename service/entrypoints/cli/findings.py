"""What is said of a table besides its decisions: why rows were rejected, values and columns that are not known.

After every row is decided it is said to people or as JSON, of a table that is listed, and of one that is written.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from service.crm.columns import NotedColumns, unknown_words
from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import Refusal, RejectedRow, Remark, Summary
from service.domain.terms import Team
from service.domain.wording import listing, quantity
from service.entrypoints.cli.grids import Grid, print_grid
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.cli.tables_in import TableIn

NONE_YET = "none yet"


def print_findings(console: Console, table: TableIn, summary: Summary) -> None:
    """Print everything there is to say after the last row."""
    if summary.decided:
        console.print()
        print_grid(console, by_status(summary))
    console.print(Text(f"\n{quantity(summary.decided, 'account')} decided, {summary.rejected:,} rejected."))
    print_not_understood(console, table, summary)


def by_status(summary: Summary) -> Grid:
    """How many accounts each team has, by how firm that is."""
    counted = Counter[tuple[str | None, str]]()
    for group, number in summary.groups.items():
        counted[group.team, group.status] += number
    rows = [(team or NONE_YET, [counted[team, status] for status in Status]) for team in (*Team, None)]
    filled = [(name, [*numbers, sum(numbers)]) for name, numbers in rows if any(numbers)]
    return Grid(("Team", *Status, "all"), filled)


def print_not_understood(console: Console, table: TableIn, summary: Summary) -> None:
    """Print which rows were rejected and why, and which values and columns say nothing: each kind in a line."""
    noted = table.noted
    for heading, lines in (
        ("Rejected", list(_refusals(summary, table.row_noun))),
        ("Values that are not ours", list(_unknown_values(summary, table.row_noun))),
        ("Columns not known", [unknown_words(*each) for each in noted.unknown.items()]),
        ("Columns not used", list(noted.not_used)),
        ("Columns to keep that no row has", sorted(noted.not_met)),
    ):
        print_list(console, heading, lines)


def noted_columns(noted: NotedColumns) -> dict[str, Any]:
    """What was made of the columns, as JSON has it."""
    return {
        "columns_understood": noted.understood,
        "unknown_columns": list(noted.unknown),
        "did_you_mean": {name: near for name, near in noted.unknown.items() if near is not None},
        "columns_not_used": list(noted.not_used),
        "columns_not_met": sorted(noted.not_met),
    }


def unknown_values(summary: Summary) -> list[dict[str, Any]]:
    """The values that the rules do not know, as JSON has them: where each stands first, and in how many rows."""
    return [
        {
            "column": remark.field,
            "value": printable(remark.value),
            "reason": remark.reason,
            "first_row": first,
            "rows": rows,
        }
        for remark, (first, rows) in _remarks_in_order(summary)
    ]


def fault_lines(row_noun: str, row: RejectedRow) -> Iterator[str]:
    """Each fault of a row in a line: row, column, reason."""
    for fault in row.faults:
        where = f"{row_noun} {row.number:,}"
        yield f"{where}: {fault.reason}" if fault.field is None else f"{where}, {fault.field}: {fault.reason}"


def refusals_in_order(summary: Summary) -> list[Refusal]:
    """Why rows were rejected, in the order of the first row of each reason."""
    return sorted(summary.refusals.values(), key=lambda each: (each.places[0], str(each.field)))


def _refusals(summary: Summary, row_noun: str) -> Iterator[str]:
    """Each reason in a line: of how many rows, which these are or begin with, column, reason, and the first account."""
    for each in refusals_in_order(summary):
        numbers = [f"{place:,}" for place in each.places]
        if each.rows == 1:
            where = f"{row_noun} {numbers[0]}"
        elif each.rows == len(numbers):
            where = f"{row_noun}s {listing(numbers)}"
        else:
            where = f"{quantity(each.rows, 'row')}, first {row_noun} {numbers[0]}"
        column = "" if each.field is None else f", {each.field}"
        account = ", ".join(printable(text) for text in each.account if text)
        yield f"{where}{column}: {each.reason}" + (f" [{account}]" if account else "")


def _remarks_in_order(summary: Summary) -> list[tuple[Remark, tuple[int, int]]]:
    return sorted(summary.remarks.items(), key=lambda each: (each[1][0], each[0].field))


def _unknown_values(summary: Summary, first: str) -> Iterator[str]:
    for remark, (number, rows) in _remarks_in_order(summary):
        where = f"{quantity(rows, 'row')}, first {first} {number:,}"
        yield f"{remark.field}: {quoted(remark.value)} {remark.reason} ({where})"


def print_list(console: Console, heading: str, lines: list[str]) -> None:
    """Print some lines below a heading; nothing where there is none."""
    if lines:
        console.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
