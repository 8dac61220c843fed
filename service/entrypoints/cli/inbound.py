"""``chalkline triage``: who takes an inbound request to Support (OPP-6)."""

from collections.abc import Iterator
from typing import Annotated

import typer

from service.domain.calendar import Weekday
from service.domain.explain import ExplainedClause
from service.domain.triage import RequestTaker, triage
from service.domain.wording import ANSWERS
from service.entrypoints.cli.context import AsJson, CliContext, stated
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.sales_work import TriageRequest
from service.entrypoints.views.inbound import render_triage

_TAKERS = {
    RequestTaker.SUPPORT: "Support takes it.",
    RequestTaker.SALES_OWNER: "The sales owner takes it.",
    RequestTaker.SMB_TEAM: "The SMB team takes it.",
}
_OPTIONS = {"days": "--day", "customer": "--customer"}


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command("triage")
    def triage_request(  # noqa: PLR0913 - an option for each fact
        *,
        customer: Annotated[
            bool | None, typer.Option("--customer/--no-customer", help="Whether it comes from a customer.")
        ] = None,
        net_arr_affected: Annotated[
            bool | None,
            typer.Option("--net-arr-affected/--no-net-arr-affected", help="Whether Net ARR is affected."),
        ] = None,
        needs_sales_manager: Annotated[
            bool | None,
            typer.Option(
                "--needs-sales-manager/--no-needs-sales-manager",
                help="Whether it is a credit, or else for a sales manager to approve.",
            ),
        ] = None,
        received_at: Annotated[
            str | None, typer.Option(metavar="WHEN", help="When it came, as 2022-03-18T18:00:00Z.")
        ] = None,
        breaches_at: Annotated[
            str | None, typer.Option(metavar="WHEN", help="When it breaches what Support promises.")
        ] = None,
        time_zone: Annotated[
            str | None, typer.Option(metavar="ZONE", help="The time zone of Support's hours, such as Europe/Berlin.")
        ] = None,
        day: Annotated[
            list[Weekday] | None, typer.Option(help="On which days the hours begin; may be given several times.")
        ] = None,
        begins: Annotated[
            str | None, typer.Option("--from", metavar="HH:MM", help="When Support's hours begin.")
        ] = None,
        ends: Annotated[str | None, typer.Option("--until", metavar="HH:MM", help="When they end.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say who takes an inbound request to Support, and why (OPP-6).

        What is not given is not known. Nothing is recorded.
        """
        hours = {"time_zone": time_zone, "days": day or None, "from": begins, "until": ends}
        hours = {name: value for name, value in hours.items() if value is not None}
        facts = {
            "customer": customer,
            "net_arr_affected": net_arr_affected,
            "needs_sales_manager": needs_sales_manager,
            "received_at": received_at,
            "breaches_at": breaches_at,
            "support_hours": hours or None,
        }
        found = triage(stated(TriageRequest, facts, _OPTIONS).inbound())
        if as_json:
            typer.echo(to_json(render_triage(found)))
            return
        console, zone = plain_console(), context.zone()
        print_wrapped(console, "Not known." if found.taken_by is None else _TAKERS[found.taken_by], indent=4)
        if found.support_back_at is not None:
            print_wrapped(
                console, f"Support is back {found.support_back_at.astimezone(zone):%Y-%m-%d %H:%M}.", indent=4
            )
        for line in told_why(found.explanation, found.missing_facts):
            print_wrapped(console, line, indent=4)


def told_why(explanation: tuple[ExplainedClause, ...], missing: tuple[str, ...]) -> Iterator[str]:
    """The clauses of an answer, one a line, and what would settle what is unknown."""
    yield from (f"  {ANSWERS[each.outcome]:<8} {each.title}" for each in explanation)
    if missing:
        yield f"To know: {', '.join(missing)}."
