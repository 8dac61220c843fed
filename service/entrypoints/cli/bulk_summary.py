"""What came of a table, for people and as JSON: teams by segment and region, what is missing, what was rejected."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.bulk.summary import Kind, Tally
from service.crm.quoting import printable, quoted
from service.domain.decision import Status
from service.domain.terms import Segment, Team
from service.domain.wording import quantity
from service.entrypoints.cli.listing import print_wrapped

_MOST_REGIONS = 8


def print_summary(tally: Tally, out: Path) -> None:
    """Print it all, and where the files are."""
    console = Console(markup=False, emoji=False, highlight=False)
    if tally.decided:
        by_region = Counter[str | None]()
        for kind, number in tally.kinds.items():
            by_region[kind.region] += number
        regions = [region for region, _ in by_region.most_common(_MOST_REGIONS)]
        for field, headings in (("status", list(Status)), ("segment", [*Segment, None]), ("region", regions)):
            console.print(_by_team(tally, field, headings))
            console.print()
    _print_list(console, "Provisional, for want of", list(_missing(tally)))
    _print_list(console, "Values that are not ours", list(_remarks(tally)))
    console.print(Text(f"{quantity(tally.decided, 'account')} decided, {tally.rejected:,} rejected."))
    if tally.recorded or tally.stood_already:
        console.print(Text(f"{tally.recorded:,} recorded, {tally.stood_already:,} on record already."))
    print_wrapped(console, f"Decisions: {out}", indent=2)
    if tally.rejected:
        print_wrapped(console, f"Rejected rows: {out}.rejected.csv", indent=2)


def summary_document(tally: Tally) -> dict[str, Any]:
    """It all, as JSON has it."""
    accounts = Counter[Kind]()
    for kind, number in tally.kinds.items():
        accounts[kind._replace(missing_facts="")] += number
    return {
        "decided": tally.decided,
        "rejected": tally.rejected,
        "recorded": tally.recorded,
        "on_record_already": tally.stood_already,
        "accounts": [
            {"team": kind.team, "segment": kind.segment, "region": kind.region, "status": kind.status, "rows": rows}
            for kind, rows in sorted(accounts.items(), key=str)
        ],
        "provisional_by_missing_fact": dict(tally.provisional_by_missing_fact.most_common()),
        "unknown_values": [
            {
                "column": remark.column,
                "value": printable(remark.value),
                "reason": remark.reason,
                "first_row": first,
                "rows": rows,
            }
            for remark, (first, rows) in tally.remarks.items()
        ],
    }


def _by_team(tally: Tally, field: str, headings: Sequence[str | None]) -> Table:
    """The number of accounts of each team by the values of a field; what has no heading is with the others."""
    counted = Counter[tuple[str | None, str | None]]()
    for kind, number in tally.kinds.items():
        counted[kind.team, getattr(kind, field)] += number
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


def _missing(tally: Tally) -> Iterator[str]:
    for fact, rows in tally.provisional_by_missing_fact.most_common():
        yield f"{fact}: {quantity(rows, 'account')}"


def _remarks(tally: Tally) -> Iterator[str]:
    for remark, (first, rows) in tally.remarks.items():
        where = f"{quantity(rows, 'row')}, first in {first:,}"
        yield f"{remark.column}: {quoted(remark.value)} {remark.reason} ({where})"


def _print_list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(heading, style="bold"))
        for line in lines:
            print_wrapped(console, f"  {line}", indent=4)
        console.print()
