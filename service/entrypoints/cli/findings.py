"""What is said of a table besides its decisions: why rows were rejected, values and columns that are not known.

After every row is decided it is said to people or as JSON, of a table that is listed, and of one that is written.
"""

import shlex
from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from service.crm.columns import unknown_words
from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import RejectedRow, Summary
from service.domain.terms import Team
from service.domain.wording import listing, quantity
from service.entrypoints.cli.grids import Grid, print_grid
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.common.tables.table_in import TableIn
from service.entrypoints.views.tables import refusals_in_order, remarks_in_order

NONE_YET = "none yet"
_WITH_OTHERS = frozenset({"--true", "--false"})


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
        ("Options that would read more", list(_would_read(table, summary))),
        ("Values that are not ours", list(_unknown_values(summary, table.row_noun))),
        ("Columns not known", [unknown_words(*each) for each in noted.unknown.items()]),
        ("Columns not used", list(noted.not_used)),
        ("Columns to keep that no row has", sorted(noted.not_met)),
        ("Of the input", list(_told(table))),
    ):
        print_list(console, heading, lines)


def fault_lines(row_noun: str, row: RejectedRow) -> Iterator[str]:
    """Each fault of a row in a line: row, column, reason."""
    for fault in row.faults:
        where = f"{row_noun} {row.number:,}"
        yield f"{where}: {fault.reason}" if fault.field is None else f"{where}, {fault.field}: {fault.reason}"


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


def _unknown_values(summary: Summary, first: str) -> Iterator[str]:
    for remark, (number, rows) in remarks_in_order(summary):
        where = f"{quantity(rows, 'row')}, first {first} {number:,}"
        yield f"{remark.field}: {quoted(remark.value)} {remark.reason} ({where})"


def _would_read(table: TableIn, summary: Summary) -> Iterator[str]:
    """Which options would read how many of the cells that could not be read, and those to try again with."""
    cells = Counter[str]()
    for (column, option), number in summary.readable.most_common():
        cells[option] += number
        yield f"{option}: {quantity(number, 'cell')} of {printable(column)}"
    footer = table.footer.length if table.footer is not None else 0
    if footer:
        yield f"--footer {footer}: the last {quantity(footer, 'line')} look like the footer of a report"
    best: dict[str, str] = {}
    for option, _ in cells.most_common():
        name, _, value = option.partition(" ")
        # A word for true or false may be given with others; of all else only one can be meant.
        best.setdefault(option if name in _WITH_OTHERS else name, f"{name} {shlex.quote(value)}")
    options = [*best.values(), *([f"--footer {footer}"] if footer else [])]
    if options:
        yield f"Try again with: {' '.join(options)}"


def _told(table: TableIn) -> Iterator[str]:
    """What else is to be said of the input."""
    if table.passed_over:
        yield f"{quantity(table.passed_over, 'row')} passed over: another row of the account leads"
    yield from table.notes


def print_list(console: Console, heading: str, lines: list[str]) -> None:
    """Print some lines below a heading; nothing where there is none."""
    if lines:
        console.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
