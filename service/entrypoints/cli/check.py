"""``chalkline events check``: what a saved payload would state, field by field."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from service.crm.payloads import MalformedPayloadError, printable
from service.domain.wording import quantity
from service.entrypoints.cli.context import AsJson, CliContext
from service.entrypoints.common.encoding import to_json
from service.usecases.check_payload import CheckedEvent, CheckedField, CheckedPayload, Use, check_payload
from service.usecases.read_payload import EventSource

_NONE = "(the event itself)"


def add_check(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def check(
        file: Annotated[Path, typer.Argument(help="The payload, byte for byte as it was sent.")],
        source: Annotated[EventSource, typer.Option("--as", help="The webhook that it is a payload of.")],
        mapping: Annotated[
            Path | None, typer.Option(help="The field mapping to read it by; default CHALKLINE_FIELD_MAPPING.")
        ] = None,
        *,
        as_json: AsJson = False,
    ) -> None:
        """Tell field by field what a saved payload would state, and record nothing: no database is needed.

        A field states a fact or that it is unknown, is unused (the mapping says so), or is unmapped. Ends with 1 when
        an event would be rejected.
        """
        body, by = read_payload(file), context.mapping() if mapping is None else context.mapping_in(mapping)
        try:
            checked = check_payload(source, body, by, context.now())
        except MalformedPayloadError as error:
            raise typer.BadParameter(f"{file} is no payload of {source}: {error}.") from error
        typer.echo(to_json(checked) if as_json else "\n".join(_lines(checked)))
        if any(event.problem for event in checked.events):
            raise typer.Exit(1)


def read_payload(file: Path) -> bytes:
    """The payload in a file.

    Raises:
        BadParameter: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from error


def _lines(checked: CheckedPayload) -> Iterator[str]:
    for event in checked.events:
        yield from _event(event)
    if checked.absent:
        yield "Stated by none of the mapping's fields here:"
        yield from (f"  {field}  {fact}" for field, fact in checked.absent.items())
    uses = Counter(field.use for event in checked.events for field in event.fields)
    told = ", ".join(f"{use} {uses[use]:,}" for use in Use)
    yield f"{quantity(len(checked.events), 'event')} of accounts or opportunities; fields: {told}. Nothing is recorded."


def _event(event: CheckedEvent) -> Iterator[str]:
    deleted = ", deleted" if event.deletes else ""
    at = event.at.isoformat().replace("+00:00", "Z")
    yield f"{event.record_kind} {printable(event.record_id)}{deleted}, as of {at}"
    for fault in event.problem:
        yield f"  {'rejected':8}  {fault.field or _NONE}: {fault.reason}"
    width = max((len(field.field or _NONE) for field in event.fields), default=0)
    for field in event.fields:
        yield f"  {field.use:8}  {field.field or _NONE:{width}}  {_said(field)}".rstrip()


def _said(field: CheckedField) -> str:
    if field.fact is None:
        return ""
    value = "" if field.value is None else f" = {printable(str(field.value))}"
    return f"{field.fact}{value}{f': {field.reason}' if field.reason else ''}"
