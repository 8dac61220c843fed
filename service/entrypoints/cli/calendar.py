"""``chalkline calendar``: the forecast calendar (CAL-1, CAL-3), and close dates by its conventions (CAL-2)."""

import sys
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated

import typer

from service.domain.close_date import Closing, SetLaterError, day_asked, decide_close_date
from service.domain.close_date_words import close_date_words
from service.domain.forecast_calendar import Entry, EntryCode, UnusableSpanError, entries, span_end
from service.domain.report import LABEL_WIDTH
from service.domain.terms import OpportunityKind
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.moments import BadMomentError, read_instant, read_moment
from service.entrypoints.views.calendar import CLOCK, render_calendar, render_close_date
from service.entrypoints.views.calendar_feed import render_feed

_NO_TIME = " " * len("17:00")


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line, and the one below it."""
    _add_list(cli, context)
    _add_close_date(cli, context)


def _add_list(cli: typer.Typer, context: CliContext) -> None:
    @cli.callback(invoke_without_command=True, no_args_is_help=False)
    def calendar(
        asked: typer.Context,
        first: Annotated[date | None, day_option("The first day; default today.", "--from")] = None,
        until: Annotated[date | None, day_option("The last day; default 91 days after the first.")] = None,
        kind: Annotated[
            list[EntryCode] | None, typer.Option(help="What to list; may be given several times. Default all.")
        ] = None,
        *,
        ics: Annotated[bool, typer.Option("--ics", help="Write iCalendar, for calendar programs.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """List Red/Green meetings, last work days, forecast updates and changeovers (CAL-1, CAL-3)."""
        if asked.invoked_subcommand is not None:
            return
        first = first or context.today()
        with refused(UnusableSpanError, option="--until"):
            policies = context.policies()
            found = entries(first, until or span_end(first), policies.bounds_on, kind or ())
        if ics:
            sys.stdout.buffer.write(render_feed(found, policies))
        elif as_json:
            typer.echo(to_json(render_calendar(found, policies)))
        else:
            _print(found)


def _print(found: Sequence[Entry]) -> None:
    console = plain_console()
    for day, on_it in groupby(found, key=lambda each: each.on):
        told = f"{day:%a} {day}"
        for entry in on_it:
            at = _NO_TIME if entry.at is None else entry.at.strftime(CLOCK)
            line = f"{told}  {at}  {entry.text} ({entry.rule})"
            print_wrapped(console, line, indent=len(f"{told}  {at}  "))
    if not found:
        typer.echo("Nothing is on these days.")


def _add_close_date(cli: typer.Typer, context: CliContext) -> None:
    @cli.command("close-date")
    def close_date(  # noqa: PLR0913 - an option for each fact
        *,
        kind: Annotated[OpportunityKind | None, typer.Option(help="What the opportunity is about.")] = None,
        closing_on: Annotated[date | None, day_option("A day of the month in which it most likely closes.")] = None,
        compelling_event: Annotated[
            bool | None,
            typer.Option("--compelling-event/--no-compelling-event", help="Whether a compelling event is defined."),
        ] = None,
        quote_out: Annotated[
            bool | None, typer.Option("--quote-out/--no-quote-out", help="Whether a quote is out for signature.")
        ] = None,
        signing_expected_on: Annotated[date | None, day_option("The day on which it should be signed.")] = None,
        set_at: Annotated[
            str | None,
            typer.Option(metavar="WHEN", help="The instant at which its close date became the first day of a month."),
        ] = None,
        today: Annotated[
            str | None, typer.Option(metavar="WHEN", help="What is asked about: an instant, or a day; default now.")
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say which close date an opportunity has by the conventions, whether it may be left so, and why (CAL-2).

        What is not given is not known.
        """
        with refused(BadMomentError, option="--today"):
            asked_at = context.now() if today is None else read_moment(today)
        with refused(BadMomentError, SetLaterError, option="--set-at"):
            case = Closing(
                kind=kind,
                closing_on=closing_on,
                compelling_event=compelling_event,
                quote_out=quote_out,
                signing_expected_on=signing_expected_on,
                set_at=None if set_at is None else read_instant(set_at),
            )
            policy = context.policies().sales_on(day_asked(asked_at, context.zone()))
            found = decide_close_date(case, asked_at, context.zone(), policy.parameters)
        if as_json:
            typer.echo(to_json(render_close_date(found, policy)))
            return
        console = plain_console()
        for number, line in enumerate(close_date_words(found, context.zone()).splitlines()):
            print_wrapped(console, line, indent=LABEL_WIDTH, style="" if number else "bold")
