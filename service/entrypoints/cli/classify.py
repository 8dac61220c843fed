"""The command ``classify``: decide the accounts of a file. It posts nothing and records nothing."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from service.crm.payloads import printable, quoted
from service.domain.account_ids import full_id
from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.errors import DomainError, NoPolicyInForceError
from service.domain.policies import Policies
from service.domain.report import LABEL_WIDTH, report
from service.domain.rows import RejectedRow, Row, StatedRow, Summary, refused
from service.entrypoints.cli.context import CliContext, Strict, TableName, decided_on
from service.entrypoints.cli.findings import fault_lines, print_findings
from service.entrypoints.cli.listing import plain_console, print_listing, print_wrapped
from service.entrypoints.cli.reading import reads_tables
from service.entrypoints.cli.watching import watched
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.tables.reading import Reading
from service.entrypoints.common.tables.sources import UnusableInputError
from service.entrypoints.common.tables.table_in import TableIn
from service.entrypoints.common.tables.tables_in import open_table
from service.entrypoints.views.decisions import render_unrecorded
from service.entrypoints.views.tables import input_document, unknown_values

_NAMES_SHOWN = 5
_SOME_REJECTED = 1
_UNUSABLE = 2


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    @reads_tables
    def classify(
        file: TableName,
        *,
        reading: Reading,
        on: Annotated[date, decided_on(context)],
        strict: Strict = False,
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
            with open_table(file, on, policies, context.mapping(), reading, strict=strict) as table:
                # A table on a terminal scrolls by already, so that a progress bar would tear it.
                quiet = sys.stdout.isatty() and account is None
                rows = watched(table.rows, table.stream, table.size, quiet=quiet)
                if account is not None:
                    rows = iter(_find_account(rows, account))
                summary = Summary()
                decided = decide_rows(rows, on, policies, table.column_at, summary)
                if as_json:
                    _print_document(table, decided, summary)
                elif account is None:
                    console = plain_console()
                    print_listing(console, (each for each in decided if not isinstance(each, RejectedRow)))
                    print_findings(console, table, summary)
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
            summary.reject(decided)
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
        return refused(row, error, column_at)


def _set_aside(decided: Iterator[Decision | RejectedRow], rejected: list[RejectedRow]) -> Iterator[Decision]:
    for each in decided:
        if isinstance(each, RejectedRow):
            rejected.append(each)
        else:
            yield each


def _find_account(rows: Iterator[Row], account: str) -> list[Row]:
    """The rows of the account with this id or this name, in whatever case; several may share a name.

    Raises:
        UnusableInputError: there is none. The message lists the names that are near.
    """
    wanted = account.strip().casefold()
    wanted_id = full_id(account.strip())
    found: list[Row] = []
    others: list[str] = []
    for row in rows:
        account_id, name = _identity(row)
        if account_id == wanted_id or (name or "").casefold() == wanted:
            found.append(row)
        else:
            others.append(name or account_id or "")
    if not found:
        near = _near(wanted, others)
        hint = f" Near it: {', '.join(quoted(name) for name in near)}" if near else ""
        raise UnusableInputError(f"No account has the id or name {quoted(account)}.{hint}")
    return found


def _identity(row: Row) -> tuple[str | None, str | None]:
    if isinstance(row, RejectedRow):
        return row.account_id, row.name
    return row.facts.account.id, row.facts.account.name


def _near(wanted: str, names: list[str]) -> list[str]:
    by_folded = {name.casefold(): name for name in names if name}
    containing = [name for folded, name in by_folded.items() if wanted and wanted in folded]
    close = [by_folded[folded] for folded in get_close_matches(wanted, by_folded, n=_NAMES_SHOWN)]
    return list(dict.fromkeys([*containing, *close]))[:_NAMES_SHOWN]


def _print_account(console: Console, decided: Decision | RejectedRow, row_noun: str) -> None:
    """Print the report of a decided account, or why it was rejected."""
    if isinstance(decided, RejectedRow):
        name = decided.name or decided.account_id or ""
        lines = [f"{name} -> rejected", *(f"  {line}" for line in fault_lines(row_noun, decided))]
    else:
        lines = report(decided, decided.policy).split("\n")
    for number, line in enumerate(lines):
        print_wrapped(console, line, indent=LABEL_WIDTH, style="" if number else "bold")


def _print_accounts(table: TableIn, decided: Iterator[Decision | RejectedRow]) -> None:
    console = plain_console()
    for place, each in enumerate(decided):
        if place:
            console.print()
        _print_account(console, each, table.row_noun)


def _print_document(table: TableIn, decided: Iterator[Decision | RejectedRow], summary: Summary) -> None:
    write, rejected, before = sys.stdout.buffer.write, list[RejectedRow](), b"\n"
    write(b'{"decisions":[')
    for decision in _set_aside(decided, rejected):
        write(before + to_json(render_unrecorded(decision)))
        before = b",\n"
    rest = {
        "rejected": [rejection for row in rejected for rejection in _rejections(row)],
        "unknown_values": unknown_values(summary),
        **input_document(table, summary),
    }
    write(b"\n]," + orjson.dumps(rest).removeprefix(b"{") + b"\n")
    sys.stdout.buffer.flush()


def _rejections(row: RejectedRow) -> Iterator[dict[str, Any]]:
    for fault in row.faults:
        account_id = None if row.account_id is None else printable(row.account_id)
        yield {"row": row.number, "account_id": account_id, "column": fault.field, "reason": fault.reason}
