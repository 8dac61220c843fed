"""``chalkline web-directs``: check a web direct purchase, keep what is said of it, and list what was (OPP-7)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from service.domain.fields import AccountId, Frozen
from service.domain.web_direct import WebDirectStep
from service.entrypoints.cli.context import (
    AsJson,
    CliContext,
    day_option,
    named_by,
    occasion,
    printed,
    record_export,
    stated,
)
from service.entrypoints.cli.inbound import told_why
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.sales_work import WebDirectRequest
from service.entrypoints.views.inbound import render_web_direct
from service.store.database import Database
from service.store.once import Answer
from service.usecases.check_web_direct import CheckedPurchase, check_purchase, page_of_purchases, record_purchase

_ON_A_PAGE = 200
_OPTIONS = {"account_id": "ACCOUNT", "opportunity_id": "--opportunity", "title": "--opportunity"}
_NEXT = {
    None: "Nothing is left to be done",
    WebDirectStep.LOOK_AT_OPPORTUNITIES: "Look at the account's open opportunities",
    WebDirectStep.SAY_IF_DUPLICATE: "Say whether it is a duplicate",
    WebDirectStep.REACH_OUT: "Reach out to the main contact",
}
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]


class _Whose(Frozen):
    """Whose purchases are listed."""

    account_id: AccountId


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about web direct purchases to the command line."""

    @cli.command()
    def check(  # noqa: PLR0913 - an option for each fact
        account: Account,
        *,
        purchased_on: Annotated[date, day_option("The day of the purchase.")],
        opportunity: Annotated[
            list[str] | None,
            typer.Option(metavar="ID[=TITLE]", help="An open opportunity of the account; may be given several times."),
        ] = None,
        looked: Annotated[
            bool,
            typer.Option("--looked", help="Somebody looked: there are those given, or none."),
        ] = False,
        duplicate: Annotated[
            bool | None, typer.Option("--duplicate/--no-duplicate", help="Whether it is a duplicate, as a person says.")
        ] = None,
        on_sequence: Annotated[
            bool | None,
            typer.Option("--on-sequence/--not-on-sequence", help="Whether the main contact is on the sequence."),
        ] = None,
        outreach_logged: Annotated[
            bool | None,
            typer.Option("--outreach-logged/--no-outreach-logged", help="Whether personal outreach is logged."),
        ] = None,
        next_step_on: Annotated[date | None, day_option("The day of its next step.")] = None,
        record: Annotated[bool, typer.Option("--record", help="Keep what is said of it.")] = False,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Say what is to be done about a web direct purchase, and why (OPP-7).

        What is not given is not known. Nothing is recorded without --record.
        """
        named = [dict(zip(("opportunity_id", "title"), each.split("=", 1), strict=False)) for each in opportunity or ()]
        said = {
            "account_id": account,
            "purchased_on": purchased_on,
            "open_opportunities": named if named or looked else None,
            "duplicate": duplicate,
            "on_sequence": on_sequence,
            "outreach_logged": outreach_logged,
            "next_step_on": next_step_on,
        }
        purchase = stated(WebDirectRequest, said, _OPTIONS).purchase()
        with context.database() as database, named_by(_OPTIONS):
            if record:
                record_purchase(database, purchase, occasion(context, by), lambda _: Answer(b""))
                found = page_of_purchases(database, purchase.account_id, limit=1)[0]
            else:
                found = check_purchase(database, purchase)
        _tell([found], as_json=as_json)

    @cli.command("list")
    def list_purchases(account: Account, *, by: By, as_json: AsJson = False) -> None:
        """List what was recorded of an account's purchases, the newest first, each by what was known then."""
        account_id = stated(_Whose, {"account_id": account}, _OPTIONS).account_id
        with context.database() as database:
            record_export(context, database, by, "web-directs", printed(as_json=as_json), account_id=account_id)
            _tell(_recorded(database, account_id), as_json=as_json)


def _recorded(database: Database, account_id: str) -> list[CheckedPurchase]:
    every: list[CheckedPurchase] = []
    while True:
        last = every[-1].record if every else None
        before = None if last is None else last.id
        found = page_of_purchases(database, account_id, limit=_ON_A_PAGE, before=before)
        every += found
        if len(found) < _ON_A_PAGE:
            return every


def _tell(purchases: Sequence[CheckedPurchase], *, as_json: bool) -> None:
    console = plain_console()
    for each in purchases:
        if as_json:
            typer.echo(to_json(render_web_direct(each)))
            continue
        found, record = each.check, each.record
        kept = "" if record is None else f" Recorded by {record.recorded_by}."
        print_wrapped(console, f"{each.purchase.purchased_on}  {_NEXT[found.next]}.{kept}", indent=4)
        for candidate in found.candidates:
            title = "" if candidate.title is None else f" {candidate.title}"
            known = ", known from its duties" if candidate.is_recorded else ""
            print_wrapped(console, f"  open: {candidate.opportunity_id}{title}{known}", indent=4)
        for line in told_why(found.explanation, found.missing_facts):
            print_wrapped(console, line, indent=4)
