"""What is said of a table besides its decisions: counts by team, what is missing, the rows rejected, columns not known.

After every row is decided it is said to people or as JSON, of a table that is listed, and of one that is written.
"""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import Group, RejectedRow, Summary
from service.domain.terms import Segment, Team
from service.domain.wording import quantity
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.cli.table_in import TableIn

_MOST_REGIONS = 8
_WITH_OTHERS = frozenset({"--true", "--false"})


def print_findings(console: Console, table: TableIn, summary: Summary, rejected: list[RejectedRow]) -> None:
    """Print everything there is to say after the last row. Nothing is left out, however long."""
    if summary.decided:
        console.print()
        console.print(_by_team(summary, "status", list(Status), others=False))
    console.print(Text(f"\n{quantity(summary.decided, 'account')} decided, {len(rejected):,} rejected."))
    _print_list(console, "\nRejected", [line for row in rejected for line in _rejected(table.row_noun, row)])
    _print_list(console, "\nOptions that would read more", list(_would_read(table, summary)))
    _print_list(console, "\nValues that are not ours", list(_unknown_values(summary, table.row_noun)))
    _print_list(console, "\nColumns not known", list(table.columns.unknown))
    _print_list(console, "\nColumns not used", list(table.columns.not_used))
    _print_list(console, "\nOf the input", list(_told(table)))


def print_summary(table: TableIn, summary: Summary, out: Path) -> None:
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
        ("Options that would read more", list(_would_read(table, summary))),
        ("Columns not known", list(table.columns.unknown)),
        ("Columns not used", list(table.columns.not_used)),
        ("Of the input", list(_told(table))),
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


def summary_document(table: TableIn, summary: Summary) -> dict[str, Any]:
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
        **input_document(table, summary),
    }


def input_document(table: TableIn, summary: Summary) -> dict[str, Any]:
    """What is said of the input, as JSON has it: its columns, and the options that would read more of its cells."""
    return {
        "unknown_columns": table.columns.unknown,
        "columns_not_used": table.columns.not_used,
        "options": [
            {"option": option, "column": printable(column), "cells": cells}
            for (column, option), cells in summary.readable.most_common()
        ],
        "footer_lines": table.footer.length if table.footer is not None else 0,
        "passed_over": table.passed_over,
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


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(heading, style="bold"))
    for line in lines:
        print_wrapped(console, f"  {line}", indent=4)
