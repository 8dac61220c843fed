"""What is said of a file besides its decisions: the count by team, the rows rejected, the columns not understood."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import RejectedRow, Summary
from service.domain.terms import Team
from service.domain.wording import quantity
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.cli.tables_in import TableIn


def print_findings(console: Console, table: TableIn, summary: Summary, rejected: list[RejectedRow]) -> None:
    """Print everything there is to say after the last row. Nothing is left out, however long."""
    if summary.decided:
        console.print()
        console.print(_by_team(summary))
    console.print(Text(f"\n{quantity(summary.decided, 'account')} decided, {len(rejected):,} rejected."))
    _print_list(console, "Rejected", [line for row in rejected for line in _rejected(table.row_noun, row)])
    _print_list(console, "Values that are not ours", list(_unknown_values(table.row_noun, summary)))
    _print_list(console, "Columns not known", list(table.columns.unknown))
    _print_list(console, "Columns not used", list(table.columns.not_used))


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
        for remark, (first, rows) in summary.remarks.items()
    ]


def fault_lines(row_noun: str, row: RejectedRow) -> Iterator[str]:
    """Each fault of a row in a line: row, column, reason."""
    for fault in row.faults:
        where = f"{row_noun} {row.number:,}"
        yield f"{where}: {fault.reason}" if fault.field is None else f"{where}, {fault.field}: {fault.reason}"


def _by_team(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=None)
    table.add_column("Team")
    for status in Status:
        table.add_column(str(status), justify="right")
    table.add_column("all", justify="right")
    counted = Counter[tuple[str | None, str]]()
    for group, rows in summary.groups.items():
        counted[group.team, group.status] += rows
    for team in (*Team, None):
        numbers = [counted[team, status] for status in Status]
        if any(numbers):
            table.add_row(team or "none yet", *(f"{number:,}" for number in (*numbers, sum(numbers))))
    return table


def _rejected(row_noun: str, row: RejectedRow) -> Iterator[str]:
    account = ", ".join(printable(text) for text in (row.name, row.account_id) if text)
    for line in fault_lines(row_noun, row):
        yield f"{line} [{account}]" if account else line


def _unknown_values(row_noun: str, summary: Summary) -> Iterator[str]:
    for remark, (first, rows) in summary.remarks.items():
        where = f"{quantity(rows, 'row')}, first {row_noun} {first:,}"
        yield f"{remark.field}: {quoted(remark.value)} {remark.reason} ({where})"


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
