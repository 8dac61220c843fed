"""The command ``duties``: what the handbook asks of an opportunity (OPP-1 to OPP-5, OPP-8)."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from service.domain.errors import DomainError
from service.domain.found_duties import FoundDuty
from service.domain.report import LABEL_WIDTH
from service.domain.wording import ANSWERS
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.problems import field_errors, pointer_to
from service.entrypoints.common.sales_work import DutiesRequest
from service.entrypoints.common.strict_json import TWICE, keys_given_twice
from service.entrypoints.views.duties import render_duties
from service.usecases.find_duties import duties_of, duties_under

_APPLIES = {True: "applies", False: "does not apply", None: "not known whether it applies"}


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def duties(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="The opportunity in JSON; - is standard input.")],
        *,
        on: Annotated[date | None, day_option("The day; default that of the file, else today.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say which duties an opportunity has, which are met, and for want of what one is unknown.

        The file has what a request of POST /v1/opportunities/duties has. Nothing is recorded.
        """
        asked, today = _read(file), context.today()
        opportunity, day = asked.opportunity(), on or asked.on or today
        with refused(DomainError):
            if opportunity.segment is None and opportunity.account_id is not None:
                with context.database() as database:
                    found = duties_of(database, opportunity, day, today)
            else:
                found = duties_under(context.policies(), opportunity, day, today)
        if as_json:
            typer.echo(to_json(render_duties(found)))
            return
        console = plain_console()
        for duty in found.found or ():
            for line in _words(duty):
                print_wrapped(console, line, indent=LABEL_WIDTH)


def _read(file: Path) -> DutiesRequest:
    try:
        stated = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
        read = DutiesRequest.model_validate_json(stated)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint="FILE") from None
    except ValidationError as error:
        first = field_errors(error.errors(include_url=False, include_context=False))[0]
        raise typer.BadParameter(f"{first.pointer or 'The file'}: {first.detail}.", param_hint="FILE") from None
    if twice := keys_given_twice(stated):
        raise typer.BadParameter(f"{pointer_to(twice[0])}: {TWICE}.", param_hint="FILE")
    return read


def _words(found: FoundDuty) -> Iterator[str]:
    met = "" if found.applies is False else f", met: {ANSWERS[found.met]}"
    yield f"{found.code} ({found.duty.applies.rule}): {_APPLIES[found.applies]}{met}"
    if found.missing_facts:
        yield f"  to know: {', '.join(found.missing_facts)}"
    open_items = [item.title for item in found.items if item.met is False]
    if open_items:
        yield f"  open: {'; '.join(open_items)}"
    yield from (f"  {'to do' if each.required else 'advice'}: {each.text}" for each in found.reminders)
