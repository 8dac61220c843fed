"""What came of a table, for people and as JSON: teams by segment and region, what is missing, what was rejected."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.crm.payloads import printable, quoted
from service.domain.decision import Status
from service.domain.rows import Group, Summary
from service.domain.terms import Segment, Team
from service.domain.wording import quantity
from service.entrypoints.cli.findings import unknown_values
from service.entrypoints.cli.listing import print_wrapped

_MOST_REGIONS = 8


def print_summary(summary: Summary, out: Path) -> None:
    """Print it all, and where the files are."""
    console = Console(markup=False, emoji=False, highlight=False)
    if summary.decided:
        by_region = Counter[str | None]()
        for group, number in summary.groups.items():
            by_region[group.region] += number
        regions = [region for region, _ in by_region.most_common(_MOST_REGIONS)]
        for field, headings in (("status", list(Status)), ("segment", [*Segment, None]), ("region", regions)):
            console.print(_by_team(summary, field, headings))
            console.print()
    _print_list(console, "Provisional, for want of", list(_missing(summary)))
    _print_list(console, "Values that are not ours", list(_remarks(summary)))
    console.print(Text(f"{quantity(summary.decided, 'account')} decided, {summary.rejected:,} rejected."))
    if summary.recorded or summary.stood_already:
        console.print(Text(f"{summary.recorded:,} recorded, {summary.stood_already:,} on record already."))
    print_wrapped(console, f"Decisions: {out}", indent=2)
    if summary.rejected:
        print_wrapped(console, f"Rejected rows: {out}.rejected.csv", indent=2)


def summary_document(summary: Summary) -> dict[str, Any]:
    """It all, as JSON has it."""
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
    }


def _by_team(summary: Summary, field: str, headings: Sequence[str | None]) -> Table:
    """The number of accounts of each team by the values of a field; what has no heading is with the others."""
    counted = Counter[tuple[str | None, str | None]]()
    for group, number in summary.groups.items():
        counted[group.team, getattr(group, field)] += number
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Team")
    for heading in (*headings, "others", "all"):
        table.add_column(Text(printable(heading or "unknown")), justify="right")
    for team in (*Team, None):
        known = [counted[team, heading] for heading in headings]
        every = sum(number for (of, _), number in counted.items() if of == team)
        if every:
            table.add_row(team or "none yet", *(f"{number:,}" for number in (*known, every - sum(known), every)))
    return table


def _missing(summary: Summary) -> Iterator[str]:
    for fact, rows in summary.provisional_by_missing_fact.most_common():
        yield f"{fact}: {quantity(rows, 'account')}"


def _remarks(summary: Summary) -> Iterator[str]:
    for remark, (first, rows) in summary.remarks.items():
        where = f"{quantity(rows, 'row')}, first in {first:,}"
        yield f"{remark.field}: {quoted(remark.value)} {remark.reason} ({where})"


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(heading, style="bold"))
        for line in lines:
            print_wrapped(console, f"  {line}", indent=4)
        console.print()
