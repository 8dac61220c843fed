"""What is said of a table besides its decisions: counts by team, what is missing, the rows rejected, columns not known.

After every row is decided it is said to people or as JSON, of a table that is listed, and of one that is written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.crm.columns import UnreadColumns, unknown_words
from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import Group, RejectedRow, Summary
from service.domain.terms import Segment, Team
from service.domain.wording import quantity
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.cli.tables_in import TableIn

_MOST_REGIONS = 8


def print_findings(console: Console, table: TableIn, summary: Summary, rejected: list[RejectedRow]) -> None:
    """Print everything there is to say after the last row. Nothing is left out, however long."""
    if summary.decided:
        console.print()
        console.print(_by_team(summary, "status", list(Status), others=False))
    console.print(Text(f"\n{quantity(summary.decided, 'account')} decided, {len(rejected):,} rejected."))
    _print_list(console, "\nRejected", [line for row in rejected for line in _rejected(table.row_noun, row)])
    _print_list(console, "\nValues that are not ours", list(_unknown_values(summary, table.row_noun)))
    _print_unread(console, table.unread)


def print_summary(summary: Summary, unread: UnreadColumns, out: Path) -> None:
    """Print what came of a table that is written, and where the files are."""
    console = plain_console()
    if summary.decided:
        by_region = Counter[str | None]()
        for group, number in summary.groups.items():
            by_region[group.region] += number
        regions = [region for region, _ in by_region.most_common(_MOST_REGIONS)]
        for field, headings in (("status", list(Status)), ("segment", [*Segment, None]), ("region", regions)):
            console.print(_by_team(summary, field, headings, others=True))
            console.print()
    wanting = [
        f"{fact}: {quantity(rows, 'account')}" for fact, rows in summary.provisional_by_missing_fact.most_common()
    ]
    for heading, lines in (
        ("Provisional, for want of", wanting),
        ("Values that are not ours", list(_unknown_values(summary, "in"))),
    ):
        _print_list(console, heading, lines)
        if lines:
            console.print()
    console.print(Text(f"{quantity(summary.decided, 'account')} decided, {summary.rejected:,} rejected."))
    if summary.recorded or summary.stood_already:
        console.print(Text(f"{summary.recorded:,} recorded, {summary.stood_already:,} on record already."))
    print_wrapped(console, f"Decisions: {out}", indent=2)
    if summary.rejected:
        print_wrapped(console, f"Rejected rows: {out}.rejected.csv", indent=2)
    _print_unread(console, unread)


def summary_document(summary: Summary, unread: UnreadColumns) -> dict[str, Any]:
    """What came of a table that is written, as JSON has it."""
    accounts = Counter[Group]()
    for group, number in summary.groups.items():
        accounts[group._replace(missing_facts=())] += number
    return {
        "decided": summary.decided,
        "rejected": summary.rejected,
        "recorded": summary.recorded,
        "on_record_already": summary.stood_already,
        "accounts": [
            {"team": group.team, "segment": group.segment, "region": group.region, "status": group.status, "rows": rows}
            for group, rows in sorted(accounts.items(), key=str)
        ],
        "provisional_by_missing_fact": dict(summary.provisional_by_missing_fact.most_common()),
        "unknown_values": unknown_values(summary),
        **unread_columns(unread),
    }


def unread_columns(unread: UnreadColumns) -> dict[str, Any]:
    """The columns that say nothing, as JSON has them."""
    return {
        "unknown_columns": list(unread.unknown),
        "did_you_mean": {name: near for name, near in unread.unknown.items() if near is not None},
        "columns_not_used": list(unread.not_used),
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
        for remark, (first, rows) in summary.remarks.items()
    ]


def fault_lines(row_noun: str, row: RejectedRow) -> Iterator[str]:
    """Each fault of a row in a line: row, column, reason."""
    for fault in row.faults:
        where = f"{row_noun} {row.number:,}"
        yield f"{where}: {fault.reason}" if fault.field is None else f"{where}, {fault.field}: {fault.reason}"


def _by_team(summary: Summary, field: str, headings: Sequence[str | None], *, others: bool) -> Table:
    """The number of accounts of each team by the values of a field; what has no heading is with the ``others``."""
    counted = Counter[tuple[str | None, str | None]]()
    for group, number in summary.groups.items():
        counted[group.team, getattr(group, field)] += number
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Team")
    for heading in (*headings, *(["others"] if others else []), "all"):
        table.add_column(Text(printable(heading or "unknown")), justify="right")
    for team in (*Team, None):
        known = [counted[team, heading] for heading in headings]
        every = sum(number for (of, _), number in counted.items() if of == team)
        if every:
            rest = [every - sum(known), every] if others else [every]
            table.add_row(team or "none yet", *(f"{number:,}" for number in (*known, *rest)))
    return table


def _rejected(row_noun: str, row: RejectedRow) -> Iterator[str]:
    account = ", ".join(printable(text) for text in (row.name, row.account_id) if text)
    for line in fault_lines(row_noun, row):
        yield f"{line} [{account}]" if account else line


def _unknown_values(summary: Summary, first: str) -> Iterator[str]:
    for remark, (number, rows) in summary.remarks.items():
        where = f"{quantity(rows, 'row')}, first {first} {number:,}"
        yield f"{remark.field}: {quoted(remark.value)} {remark.reason} ({where})"


def _print_unread(console: Console, unread: UnreadColumns) -> None:
    _print_list(console, "\nColumns not known", [unknown_words(*each) for each in unread.unknown.items()])
    _print_list(console, "\nColumns not used", list(unread.not_used))


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(heading, style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
