"""``chalkline co-selling``: the calls that an ASM joined up to a day, and another one (CAL-4)."""

from datetime import date
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.domain.errors import DomainError
from service.entrypoints.cli.context import AsJson, CliContext, day_option, named_by, occasion, refused, stated
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.sales_work import CallRequest
from service.entrypoints.views.leads import render_call, render_co_selling
from service.store.once import Answer
from service.usecases.co_selling import CoSelling, co_selling_of, log_call
from service.usecases.people import names_of

_MOST_CALLS = 100
Asm = Annotated[str, typer.Argument(metavar="PERSON", help="The ASM: an id, CRM user id, email or name.")]


class _Counting(TyperGroup):
    """What names no command of the group counts the calls of a person: ``chalkline co-selling PERSON``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer hides its classes
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["count", *args]
        return super().parse_args(ctx, args)


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line, and those below it."""
    calls = typer.Typer(cls=_Counting, no_args_is_help=True, rich_markup_mode=None)
    cli.add_typer(calls, name="co-selling", help="Count an ASM's co-selling calls up to a day (CAL-4), and log one.")

    @calls.command()
    def count(
        asm: Asm,
        *,
        on: Annotated[date | None, day_option("The last of the days; default today.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Count an ASM's co-selling calls up to a day, and say whether they are enough (CAL-4).

        The name of this command may be left out: co-selling PERSON.
        """
        today = context.today()
        with context.database() as database, refused(DomainError):
            names = names_of(database, asm, today, "PERSON")
            found = co_selling_of(database, names, on or today, today, context.zone(), _MOST_CALLS)
        if as_json:
            typer.echo(to_json(render_co_selling(asm, found)))
        else:
            print_wrapped(plain_console(), _words(found), indent=4)

    @calls.command()
    def add(
        asm: Asm,
        account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
        *,
        at: Annotated[
            str | None, typer.Option(metavar="WHEN", help="When, as 2022-03-15T09:30:00Z; default now.")
        ] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Log a call that an ASM joined. The same one (ASM, account, instant) is logged once."""
        options = {"asm": "PERSON", "account_id": "ACCOUNT"}
        said = stated(CallRequest, {"asm": asm, "account_id": account, "at": at}, options)
        now = occasion(context, by)
        with context.database() as database, named_by(options):
            made = log_call(database, said.asm, said.account_id, said.at or now.at, now, lambda _: Answer(b"")).made
        if made is None:
            raise TypeError("Without a key nothing is remembered")
        told = render_call(made.record)
        if as_json:
            typer.echo(to_json(told))
            return
        logged = "Logged" if made.is_new else "It was logged before"
        there = f"{told['account_id']}, {told['at'].astimezone(context.zone()):%Y-%m-%d %H:%M}"
        print_wrapped(plain_console(), f"{logged}: {told['asm']} on {there}.", indent=4)


def _words(found: CoSelling) -> str:
    week, bounds = found.week, found.week.bounds
    calls = "1 co-selling call" if week.count == 1 else f"{week.count} co-selling calls"
    enough = "enough" if week.met else f"not enough, at least {bounds.co_selling_fewest} are asked for"
    aimed = "" if week.aim_met else f"; {bounds.co_selling_aim} to {bounds.co_selling_aim_most} are aimed at"
    return f"{calls} from {week.first} to {week.until}: {enough} (CAL-4){aimed}."
