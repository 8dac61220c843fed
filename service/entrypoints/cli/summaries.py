"""What came of a whole table, on a page or as JSON: who has how many accounts, who has them now, what is missing."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from service.domain.decision import Status
from service.domain.policy import Policy
from service.domain.review_queue import review_kind_words
from service.domain.rows import Summary
from service.domain.terms import Segment, Team
from service.domain.wording import TEAM_NAMES, quantity, value_words
from service.entrypoints.cli.findings import (
    NONE_YET,
    print_list,
    print_not_understood,
)
from service.entrypoints.cli.grids import Grid, print_grid
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.tables.table_in import TableIn
from service.entrypoints.views.policies import render_changes

_MOST_REGIONS = 8
_NOT_KNOWN = "not known"


def print_summary(summary: Summary, table: TableIn, out: Path) -> None:
    """Print what came of a table that is written, and where the files are."""
    console = plain_console()
    print_counts(console, summary)
    print_not_understood(console, table, summary)
    console.print(Text(f"\n{quantity(summary.decided, 'account')} decided, {summary.rejected:,} rejected."))
    if summary.recorded or summary.stood_already:
        console.print(Text(f"{summary.recorded:,} recorded, {summary.stood_already:,} on record already."))
    print_wrapped(console, f"Decisions: {out}", indent=2)
    print_wrapped(console, f"What each clause is: {out}.legend.csv", indent=2)
    if summary.rejected:
        print_wrapped(console, f"Rejected rows: {out}.rejected.csv", indent=2)


def print_tried(in_force: Policy, tried: Policy) -> None:
    """Print which parameters were others than those in force, where some were."""
    changes = [
        f"{name}: {value_words(change['after'])} ({value_words(change['before'])} is in force)"
        for name, change in render_changes(in_force.parameters, tried.parameters).items()
    ]
    print_list(plain_console(), "Tried, and not in force", changes)


def print_check(summary: Summary, table: TableIn) -> None:
    """Print what there is to know of a table before it is recorded, on a page."""
    console = plain_console()
    rows = quantity(summary.decided + summary.rejected, "row")
    console.print(Text(f"{rows}: {summary.decided:,} decided, {summary.rejected:,} rejected. Nothing is recorded."))
    understood = [name if name == fact else f"{name}: {fact}" for name, fact in table.noted.understood.items()]
    print_list(console, "Columns understood, and the facts that they state", understood)
    print_not_understood(console, table, summary)
    console.print()
    print_counts(console, summary)
    blocking = sum(rows for kind, rows in summary.reviews.items() if kind.blocking)
    opened = f"Reviews that it would open: {blocking:,} that block, {summary.reviews.total() - blocking:,} that do not"
    kinds = [
        f"{quantity(rows, 'account')}{', blocking' if kind.blocking else ''}: {review_kind_words(kind)}"
        for kind, rows in summary.reviews.most_common()
    ]
    if kinds:
        print_list(console, f"{opened}\n(one question can be asked for all of a kind)", kinds)
    else:
        console.print(Text("\nReviews that it would open: none", style="bold"))


def print_counts(console: Console, summary: Summary) -> None:
    """Print how many accounts each team has, how it comes to them, and what provisional decisions are for want of."""
    if summary.decided:
        console.print(Text("From the current team to the team that is decided", style="bold"))
        print_grid(console, matrix(summary))
        console.print(Text(f"\n{_moves_words(summary)}"))
        regions = Counter[str | None]()
        for group, number in summary.groups.items():
            regions[group.region] += number
        by_region = [region for region, _ in regions.most_common(_MOST_REGIONS)]
        for kind, headings in (("status", [*Status]), ("segment", [*Segment, None]), ("region", by_region)):
            console.print()
            print_grid(console, _by_team(summary, kind, headings))
    wanting = [f"{fact}: {quantity(rows, 'account')}" for fact, rows in _wanting(summary).most_common()]
    print_list(console, "Provisional, for want of", wanting)


def matrix(summary: Summary) -> Grid:
    """How many accounts go from each current team to each team, by the handbook's words for them."""
    counted = summary.by_teams
    columns = [team for team in (*Team, None) if any(to == team for _, to in counted)]
    rows = [team for team in (*Team, None) if any(came == team for came, _ in counted)]
    headings = ["Current team", *(_words(team, NONE_YET) for team in columns)]
    return Grid(headings, [(_words(came, _NOT_KNOWN), [counted[came, to] for to in columns]) for came in rows])


def _moves_words(summary: Summary) -> str:
    counted = summary.by_teams
    moves = sum(rows for pair, rows in counted.items() if None not in pair and pair[0] != pair[1])
    stays = sum(rows for (came, to), rows in counted.items() if came == to and came is not None)
    unknown = counted.total() - moves - stays
    verb = ("moves" if moves == 1 else "move", "stays" if stays == 1 else "stay")
    told = f"{quantity(moves, 'account')} {verb[0]}, {stays:,} {verb[1]}"
    return f"{told}; of {unknown:,} one of the two teams is not known." if unknown else f"{told}."


def _words(team: str | None, nobody: str) -> str:
    return nobody if team is None else TEAM_NAMES[Team(team)]


def _by_team(summary: Summary, field: str, headings: Sequence[str | None]) -> Grid:
    """The number of accounts of each team by the values of a field; what has no heading is with the others."""
    counted = Counter[tuple[str | None, str | None]]()
    for group, number in summary.groups.items():
        counted[group.team, getattr(group, field)] += number
    rows = []
    for team in (*Team, None):
        known = [counted[team, heading] for heading in headings]
        every = sum(number for (of, _), number in counted.items() if of == team)
        if every:
            rows.append((_words(team, NONE_YET), [*known, every - sum(known), every]))
    names = ["Team", *(heading or "unknown" for heading in headings), "others", "all"]
    if not any(numbers[-2] for _, numbers in rows):
        del names[-2]
        rows = [(name, [*numbers[:-2], numbers[-1]]) for name, numbers in rows]
    found = Grid(names, rows)
    return found if found.fits else _by_team(summary, field, headings[:-1])


def _wanting(summary: Summary) -> Counter[str]:
    return summary.provisional_by_missing_fact
