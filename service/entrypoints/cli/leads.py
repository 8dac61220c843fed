"""``chalkline leads``: leads as they stand, an assignment, and a touch (LEAD-1 to LEAD-3)."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Annotated

import typer

from service.domain.errors import DomainError
from service.domain.leads import Channel
from service.domain.terms import LeadKind
from service.entrypoints.cli.context import (
    AsJson,
    CliContext,
    named_by,
    occasion,
    printed,
    record_export,
    refused,
    stated,
)
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.sales_work import LeadRequest, TouchRequest
from service.entrypoints.views.leads import render_lead
from service.store.database import Database
from service.store.once import Answer
from service.usecases.leads import Lead, assign_lead, lead_of, leads_asked, touch_lead
from service.usecases.people import names_of

_ON_A_PAGE = 200
LeadId = Annotated[str, typer.Argument(metavar="LEAD", help="The lead's id in the CRM.")]
When = Annotated[str | None, typer.Option(metavar="WHEN", help="When, as 2022-03-15T09:30:00Z; default now.")]


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line, and the two below it."""
    _add_list(cli, context)
    _add_writing(cli, context)


def _add_list(cli: typer.Typer, context: CliContext) -> None:
    @cli.callback(invoke_without_command=True, no_args_is_help=False)
    def leads(
        asked: typer.Context,
        *,
        overdue: Annotated[
            bool | None, typer.Option("--overdue/--not-overdue", help="Only MQLs past due, or only others.")
        ] = None,
        sdr: Annotated[str | None, typer.Option(metavar="PERSON", help="Whose: an id, email or name.")] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """List leads as they stand now, those recorded last first: one a line (LEAD-1 to LEAD-3)."""
        if asked.invoked_subcommand is not None:
            return
        console, now, zone = plain_console(), context.now(), context.zone()
        with context.database() as database, refused(DomainError):
            names = None if sdr is None else names_of(database, sdr, context.today(), "--sdr")
            record_export(context, database, by, "leads", printed(as_json=as_json), overdue=overdue, sdr=sdr)
            for lead in _leads(database, now, zone, overdue=overdue, names=names):
                if as_json:
                    typer.echo(to_json(render_lead(lead)))
                else:
                    print_wrapped(console, _line(lead, zone), indent=4)


def _add_writing(cli: typer.Typer, context: CliContext) -> None:
    @cli.command()
    def add(  # noqa: PLR0913 - its options
        lead: LeadId,
        *,
        kind: Annotated[LeadKind, typer.Option(help="How it came.")],
        sdr: Annotated[str, typer.Option(metavar="PERSON", help="To whom: an id, CRM user id, email or name.")],
        assigned_at: When = None,
        has_phone: Annotated[
            bool | None, typer.Option("--phone/--no-phone", help="Whether there is a phone number; else not known.")
        ] = None,
        account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Its account's id.")] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Assign a lead to an SDR: both of its clocks begin anew (LEAD-1, LEAD-3)."""
        options = {"id": "LEAD", "account_id": "--account", "has_phone": "--phone"}
        now = occasion(context, by)
        at = assigned_at or now.at.isoformat()
        said = {"id": lead, "kind": kind, "sdr": sdr, "assigned_at": at, "has_phone": has_phone, "account_id": account}
        assigned = stated(LeadRequest, said, options).lead()
        with context.database() as database, named_by(options):
            assign_lead(database, assigned, now, lambda _: Answer(b""))
            _tell(database, context, assigned.id, as_json=as_json)

    @cli.command()
    def touch(
        lead: LeadId,
        *,
        channel: Annotated[Channel, typer.Option(help="How the SDR reached out, answered or not.")],
        at: When = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Record that the SDR of a lead reached out."""
        said, now = stated(TouchRequest, {"channel": channel, "at": at}), occasion(context, by)
        with context.database() as database, named_by({}):
            touch_lead(database, lead, said.channel, said.at or now.at, now, lambda _: Answer(b""))
            _tell(database, context, lead, as_json=as_json)


def _tell(database: Database, context: CliContext, lead_id: str, *, as_json: bool) -> None:
    found = lead_of(database, lead_id, context.now(), context.zone())
    if found is None:
        raise TypeError("It was recorded just now")
    if as_json:
        typer.echo(to_json(render_lead(found)))
    else:
        print_wrapped(plain_console(), _line(found, context.zone()), indent=4)


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
    if found.touched_at is not None and response.in_time is False:
        touched += ", too late"
    ae = f", the AE may step in from {response.ae_on}" if response.ae_on else ""
    return f"{lead.id}  {lead.kind.value.replace('_', ' ')} of {lead.sdr}: {late}{due}{touched}{ae}"
