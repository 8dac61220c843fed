"""What is said of a file besides its decisions: the count by team, the rows rejected, the columns not understood."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.crm.quoting import printable, quoted
from service.crm.rows import Fault
from service.domain.decision import Status
from service.domain.terms import Team
from service.domain.wording import quantity
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.cli.outcomes import Tally
from service.entrypoints.cli.requests_in import RequestsIn


def print_findings(console: Console, requests: RequestsIn, tally: Tally) -> None:
    """Print everything there is to say after the last row. Nothing is left out, however long."""
    if tally.decided:
        console.print()
        console.print(_by_team(tally))
    rejected = len(tally.rejected)
    console.print(Text(f"\n{quantity(tally.decided, 'account')} decided, {rejected:,} rejected."))
    _print_list(console, "Rejected", list(_rejected(requests, tally)))
    _print_list(console, "Values that are not ours", list(_unknown_values(requests, tally)))
    _print_list(console, "Columns not known", list(requests.unknown_columns))
    _print_list(console, "Columns not used", list(requests.columns_not_used))


def fault_lines(row_noun: str, faults: tuple[Fault, ...]) -> Iterator[str]:
    """Each fault in a line: row, column, reason."""
    for fault in faults:
        where = f"{row_noun} {fault.row:,}"
        yield f"{where}: {fault.reason}" if fault.column is None else f"{where}, {fault.column}: {fault.reason}"


def _by_team(tally: Tally) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=None)
    table.add_column("Team")
    for status in Status:
        table.add_column(str(status), justify="right")
    table.add_column("all", justify="right")
    for team in (*Team, None):
        numbers = [tally.by_team[team, status] for status in Status]
        if any(numbers):
            table.add_row(team or "none yet", *(f"{number:,}" for number in (*numbers, sum(numbers))))
    return table


def _rejected(requests: RequestsIn, tally: Tally) -> Iterator[str]:
    for row in tally.rejected:
        account = ", ".join(printable(text) for text in (row.name, row.account_id) if text)
        for line in fault_lines(requests.row_noun, row.faults):
            yield f"{line} [{account}]" if account else line


def _unknown_values(requests: RequestsIn, tally: Tally) -> Iterator[str]:
    for value in tally.unknown_values:
        where = f"{quantity(value.rows, 'row')}, first {requests.row_noun} {value.first_row:,}"
        yield f"{value.column}: {quoted(value.value)} {value.reason} ({where})"


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
