"""The command ``classify``: decide the accounts of a file. It posts nothing and records nothing."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from service.crm.quoting import printable
from service.crm.rows import FaultyRow
from service.domain.errors import NoPolicyInForceError
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.explaining import print_account, those_of
from service.entrypoints.cli.files import UnusableInputError, opened, requests_in, size_of
from service.entrypoints.cli.findings import print_findings
from service.entrypoints.cli.listing import Listing
from service.entrypoints.cli.outcomes import Decided, Outcome, Tally, outcomes
from service.entrypoints.cli.requests_in import RequestsIn
from service.entrypoints.cli.tools import Tools
from service.entrypoints.cli.watching import prints_to_a_terminal, watched
from service.entrypoints.views.decisions import Unrecorded, render_unrecorded
from service.entrypoints.views.encoding import to_json

_SOME_REJECTED = 1
_UNUSABLE = 2


def classify_command(tools: Tools) -> Callable[..., None]:
    """The command, over the tools it works with."""

    def classify(
        file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, JSON or NDJSON; - is standard input.")],
        *,
        on: Annotated[
            date,
            typer.Option(
                parser=day_option,
                metavar="DATE",
                default_factory=tools.today,
                show_default="today, UTC",
                help="The day whose policy decides the rows that name none (effective_on).",
            ),
        ],
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
        account: Annotated[
            str | None, typer.Option("--explain", metavar="ID_OR_NAME", help="Explain the decision on one account.")
        ] = None,
    ) -> None:
        """Decide which team owns each account of a file, and say why. Records nothing.

        A CSV file has the names of facts (id, name, region, ...) or Salesforce fields
        in its header; a JSON file has requests in the shape of the API's. Ends with 0
        when every row is decided, 1 when some are rejected, 2 for unusable input.
        """
        # A terminal that lacks a letter shows its escape, rather than ending the command.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream, as ever
        try:
            policies = tools.policies()
            policies.on(on)
            with opened(file) as stream:
                requests = requests_in(stream, file)
                quiet = prints_to_a_terminal() and account is None
                decided = watched(outcomes(requests, on, policies), stream, size_of(file), quiet=quiet)
                if account is not None:
                    decided = iter(those_of(decided, account))
                if as_json:
                    tally = _print_document(requests, decided)
                elif account is None:
                    tally = _print_listing(requests, decided)
                else:
                    tally = _print_accounts(requests, decided)
        except (UnusableInputError, NoPolicyInForceError) as error:
            print(f"chalkline classify: {error}", file=sys.stderr)  # noqa: T201 - the command's answer
            raise typer.Exit(_UNUSABLE) from error
        if tally.rejected:
            raise typer.Exit(_SOME_REJECTED)

    return classify


def _console() -> Console:
    return Console(markup=False, emoji=False, highlight=False)


def _print_listing(requests: RequestsIn, decided: Iterator[Outcome]) -> Tally:
    console = _console()
    listing, tally = Listing(console), Tally()
    for outcome in decided:
        tally.count(outcome)
        if isinstance(outcome, Decided):
            listing.add(outcome.decision)
    listing.finish()
    print_findings(console, requests, tally)
    return tally


def _print_accounts(requests: RequestsIn, decided: Iterator[Outcome]) -> Tally:
    console, tally = _console(), Tally()
    for outcome in decided:
        if tally.decided or tally.rejected:
            console.print()
        tally.count(outcome)
        print_account(console, outcome, requests.row_noun)
    return tally


def _print_document(requests: RequestsIn, decided: Iterator[Outcome]) -> Tally:
    write, tally = sys.stdout.buffer.write, Tally()
    write(b'{"decisions":[')
    for outcome in decided:
        if isinstance(outcome, Decided):
            write(b",\n" if tally.decided else b"\n")
            write(to_json(render_unrecorded(outcome.decision, Unrecorded())))
        tally.count(outcome)
    rejected = [rejection for row in tally.rejected for rejection in _rejections(row)]
    rest = {
        "rejected": rejected,
        "unknown_columns": requests.unknown_columns,
        "columns_not_used": requests.columns_not_used,
        "unknown_values": [asdict(value) | {"value": printable(value.value)} for value in tally.unknown_values],
    }
    write(b"\n]," + orjson.dumps(rest).removeprefix(b"{") + b"\n")
    sys.stdout.buffer.flush()
    return tally


def _rejections(row: FaultyRow) -> Iterator[dict[str, Any]]:
    for fault in row.faults:
        account_id = None if row.account_id is None else printable(row.account_id)
        yield {"row": fault.row, "account_id": account_id, "column": fault.column, "reason": fault.reason}
