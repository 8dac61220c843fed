"""The command ``classify``: decide the accounts of a file. It posts nothing and records nothing."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from service.crm.payloads import printable
from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.errors import DomainError, NoPolicyInForceError
from service.domain.policies import Policies
from service.domain.rows import Fault, RejectedRow, Row, StatedRow, Summary
from service.entrypoints.cli.context import CliContext, day_option
from service.entrypoints.cli.explaining import find_account, print_account
from service.entrypoints.cli.findings import print_findings, unknown_values
from service.entrypoints.cli.listing import Listing
from service.entrypoints.cli.tables_in import TableIn, UnusableInputError, open_table
from service.entrypoints.cli.watching import prints_to_a_terminal, watched
from service.entrypoints.views.decisions import render_unrecorded
from service.entrypoints.views.encoding import to_json

_SOME_REJECTED = 1
_UNUSABLE = 2


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def classify(
        file: Annotated[
            str,
            typer.Argument(
                metavar="FILE",
                help="CSV, Parquet, JSON or NDJSON; - is standard input; postgresql://...#TABLE is a table.",
            ),
        ],
        *,
        on: Annotated[
            date,
            typer.Option(
                parser=day_option,
                metavar="DATE",
                default_factory=context.today,
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

        Columns have the names of facts (id, name, region, ...) or of Salesforce fields;
        JSON has rows of such names, or requests in the shape of the API's. Ends with 0
        when every row is decided, 1 when some are rejected, 2 for unusable input.
        """
        # A terminal that lacks a letter shows its escape, rather than ending the command.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream, as ever
        try:
            policies = context.policies()
            policies.on(on)
            with open_table(file, on, policies, context.mapping()) as table:
                quiet = prints_to_a_terminal() and account is None
                rows = watched(table.rows, table.stream, table.size, quiet=quiet)
                if account is not None:
                    rows = iter(find_account(rows, account))
                summary = Summary()
                decided = decide_rows(rows, on, policies, table.column_at, summary)
                if as_json:
                    _print_document(table, decided, summary)
                elif account is None:
                    _print_listing(table, decided, summary)
                else:
                    _print_accounts(table, decided)
        except (UnusableInputError, NoPolicyInForceError) as error:
            print(f"chalkline classify: {error}", file=sys.stderr)  # noqa: T201 - the command's answer
            raise typer.Exit(_UNUSABLE) from error
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)


def decide_rows(
    rows: Iterator[Row], on: date, policies: Policies, column_at: Callable[[str], str], summary: Summary
) -> Iterator[Decision | RejectedRow]:
    """Decide every row under the policy in force on its own day, or ``on`` where it names none, and count it."""
    for row in rows:
        decided = row if isinstance(row, RejectedRow) else _decide(row, on, policies, column_at)
        if isinstance(decided, RejectedRow):
            summary.rejected += 1
        else:
            summary.count(decided)
            for remark in row.remarks if isinstance(row, StatedRow) else ():
                summary.remark(remark, row.number)
        yield decided


def _decide(row: StatedRow, on: date, policies: Policies, column_at: Callable[[str], str]) -> Decision | RejectedRow:
    effective_on = row.effective_on or on
    try:
        return decide(row.facts, policies.on(effective_on), effective_on)
    except DomainError as error:
        column = None if error.pointer is None else column_at(error.pointer)
        account, faults = row.facts.account, (Fault(field=column, reason=str(error)),)
        return RejectedRow(number=row.number, account_id=account.id, name=account.name, faults=faults)


def _console() -> Console:
    return Console(markup=False, emoji=False, highlight=False)


def _print_listing(table: TableIn, decided: Iterator[Decision | RejectedRow], summary: Summary) -> None:
    console = _console()
    listing, rejected = Listing(console), list[RejectedRow]()
    for each in decided:
        if isinstance(each, RejectedRow):
            rejected.append(each)
        else:
            listing.add(each)
    listing.finish()
    print_findings(console, table, summary, rejected)


def _print_accounts(table: TableIn, decided: Iterator[Decision | RejectedRow]) -> None:
    console = _console()
    for place, each in enumerate(decided):
        if place:
            console.print()
        print_account(console, each, table.row_noun)


def _print_document(table: TableIn, decided: Iterator[Decision | RejectedRow], summary: Summary) -> None:
    write, rejected, before = sys.stdout.buffer.write, list[RejectedRow](), b"\n"
    write(b'{"decisions":[')
    for each in decided:
        if isinstance(each, RejectedRow):
            rejected.append(each)
        else:
            write(before + to_json(render_unrecorded(each)))
            before = b",\n"
    rest = {
        "rejected": [rejection for row in rejected for rejection in _rejections(row)],
        "unknown_columns": table.columns.unknown,
        "columns_not_used": table.columns.not_used,
        "unknown_values": unknown_values(summary),
    }
    write(b"\n]," + orjson.dumps(rest).removeprefix(b"{") + b"\n")
    sys.stdout.buffer.flush()


def _rejections(row: RejectedRow) -> Iterator[dict[str, Any]]:
    for fault in row.faults:
        account_id = None if row.account_id is None else printable(row.account_id)
        yield {"row": row.number, "account_id": account_id, "column": fault.field, "reason": fault.reason}
