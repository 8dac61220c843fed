"""``chalkline leads`` and ``chalkline co-selling``: leads as they stand, and the calls that an ASM joined."""

from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from typing import Annotated

import typer

from service.domain.errors import DomainError
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.leads import render_co_selling, render_lead
from service.store.database import Database
from service.usecases.co_selling import CoSelling, co_selling_of
from service.usecases.leads import Lead, leads_asked
from service.usecases.people import names_of

_ON_A_PAGE = 200
_MOST_CALLS = 100


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the two commands to the command line."""

    @cli.command()
    def leads(
        *,
        overdue: Annotated[
            bool | None, typer.Option("--overdue/--not-overdue", help="Only MQLs past due, or only others.")
        ] = None,
        sdr: Annotated[str | None, typer.Option(metavar="PERSON", help="Whose: an id, email or name.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """List leads as they stand now, those recorded last first: one a line (LEAD-1 to LEAD-3)."""
        console, now, zone = plain_console(), context.now(), context.zone()
        with context.database() as database, refused(DomainError):
            names = None if sdr is None else names_of(database, sdr, context.today(), "--sdr")
            for lead in _leads(database, now, zone, overdue=overdue, names=names):
                if as_json:
                    typer.echo(to_json(render_lead(lead)))
                else:
                    print_wrapped(console, _line(lead, zone), indent=4)

    @cli.command("co-selling")
    def co_selling(
        asm: Annotated[str, typer.Argument(metavar="PERSON", help="The ASM: an id, email or name.")],
        *,
        on: Annotated[date | None, day_option("The last of the days; default today.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Count an ASM's co-selling calls up to a day, and say whether they are enough (CAL-4)."""
        today = context.today()
        with context.database() as database, refused(DomainError):
            names = names_of(database, asm, today, "PERSON")
            found = co_selling_of(database, names, on or today, today, context.zone(), _MOST_CALLS)
        if as_json:
            typer.echo(to_json(render_co_selling(asm, found)))
        else:
            print_wrapped(plain_console(), _co_selling_words(found), indent=4)


def _leads(
    database: Database, now: datetime, zone: tzinfo, *, overdue: bool | None, names: tuple[str, ...] | None
) -> Iterator[Lead]:
    before = None
    while True:
        found = leads_asked(database, now, zone, overdue=overdue, names=names, limit=_ON_A_PAGE, before=before)
        yield from found
        if len(found) < _ON_A_PAGE:
            return
        before = found[-1].record.id


def _line(found: Lead, zone: tzinfo) -> str:
    lead, response = found.lead, found.response
    late = "OVERDUE, " if response.overdue else ""
    due = "no set time" if response.due_at is None else f"due {response.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
    touched = "" if found.touched_at is None else f", touched {found.touched_at.astimezone(zone):%Y-%m-%d %H:%M}"
    ae = f", the AE may from {response.ae_on}" if response.ae_on else ""
    return f"{lead.id}  {lead.kind.value.replace('_', ' ')} of {lead.sdr}: {late}{due}{touched}{ae}"


def _co_selling_words(found: CoSelling) -> str:
    week, bounds = found.week, found.week.bounds
    calls = "1 co-selling call" if week.count == 1 else f"{week.count} co-selling calls"
    enough = "enough" if week.met else f"not enough, which are {bounds.co_selling_fewest}"
    aimed = "" if week.aim_met else f"; {bounds.co_selling_aim} to {bounds.co_selling_aim_most} are aimed at"
    return f"{calls} from {week.first} to {week.until}: {enough} (CAL-4){aimed}."
