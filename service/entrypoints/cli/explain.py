"""The command ``explain``: who owns an account by the record, and why."""

import sys
from datetime import date
from typing import Annotated

import typer
from pydantic_core import PydanticCustomError

from service.crm.payloads import quoted
from service.domain.account_ids import checked_id
from service.domain.report import LABEL_WIDTH
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.moments import BadMomentError, read_moment
from service.entrypoints.views.accounts import render_standing
from service.entrypoints.views.standing_words import standing_words
from service.usecases.changes import changed_since
from service.usecases.standings import Times, TimeToComeError, find_standing, instant_meant

_NOT_FOUND = 1


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def explain(
        account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's identifier in the CRM.")],
        *,
        on: Annotated[date | None, day_option("What held for this day.")] = None,
        as_of: Annotated[
            str | None, typer.Option(metavar="WHEN", help="By what was on record then: an instant, or a day.")
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say who owns an account, since when and why, clause by clause, by the record. Ends with 1 where none does.

        Each clause with its place in the handbook, what would change it, and what changed since the decision before.
        """
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream, as ever
        now = context.now()
        with refused(BadMomentError, TimeToComeError, PydanticCustomError):
            account_id = checked_id(account.strip())
            by = None if as_of is None else instant_meant(read_moment(as_of), now, context.zone())
            with context.database() as database:
                times = Times(as_of=by, on=on)
                mapping = context.mapping()
                found = find_standing(database, account_id, times, now=now, today=context.today(), mapping=mapping)
                since = None if found is None else changed_since(database, found.recorded)
        if found is None:
            then = "" if as_of is None and on is None else " by then"
            sys.stderr.write(f"chalkline explain: nothing was decided about {quoted(account)}{then}\n")
            raise typer.Exit(_NOT_FOUND)
        if as_json:
            typer.echo(to_json(render_standing(found)))
            return
        console = plain_console()
        for number, line in enumerate(standing_words(found, since).splitlines()):
            print_wrapped(console, line, indent=LABEL_WIDTH, style="" if number else "bold")
