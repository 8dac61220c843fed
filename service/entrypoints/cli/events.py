"""``chalkline events``: feed payloads of CRMs that were saved again, and state that a CRM was re-read."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from service.crm.known_record import EVERY_RECORD, RecordChange
from service.crm.payloads import MalformedPayloadError, milliseconds_to
from service.crm.salesforce.change_events import ChangeType
from service.entrypoints.cli.check import add_check, read_payload
from service.entrypoints.cli.context import AsJson, CliContext, refused
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.events import render_received
from service.store.database import Database
from service.store.inbox import Payload, RecordedEvent
from service.store.recording import Asked
from service.usecases.read_payload import EventSource, changes_in, kept_of
from service.usecases.receive_events import Reception, record

_MEDIA_TYPES = {EventSource.SALESFORCE_OUTBOUND: "text/xml"}


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about events to the command line."""
    add_check(cli, context)

    @cli.command()
    def replay(
        file: Annotated[Path, typer.Argument(help="The payload, byte for byte as it was sent.")],
        source: Annotated[EventSource, typer.Option("--as", help="The webhook that it is a payload of.")],
        message_id: Annotated[str, typer.Option(help="The webhook-id that it was sent with, for --as events.")] = "",
        *,
        as_json: AsJson = False,
    ) -> None:
        """Feed a saved payload again, as if its webhook had received it now.

        What was recorded before is not recorded again. Ends with 1 when an event is rejected.
        """
        body = read_payload(file)
        # Names of files come again; what is in them tells them apart.
        known_by = message_id or f"sha256-{hashlib.sha256(body).hexdigest()}"
        _feed(context, "replay", source, body, known_by, str(file), as_json=as_json)

    @cli.command()
    def reread(
        accounts: Annotated[list[str] | None, typer.Argument(help="The accounts' ids; none are all accounts.")] = None,
        at: Annotated[
            str,
            typer.Option(metavar="INSTANT", help="When the reading began, for example 2022-03-15T09:30:00Z; or now."),
        ] = "",
        *,
        as_json: AsJson = False,
    ) -> None:
        """State that accounts were read again from Salesforce, whole, so that gaps of before make them stale no more.

        Read them first: by an Outbound Message of each, or by classifying a table of them.
        """
        with refused(ValueError, option="--at"):
            began = datetime.fromisoformat(at) if at else context.now()
        if began.tzinfo is None:
            raise typer.BadParameter(f"{at} names no time zone; write it as 2022-03-15T09:30:00Z.", param_hint="--at")
        header = {
            "entityName": "Account",
            "recordIds": accounts or [f"001{EVERY_RECORD}"],
            "changeType": ChangeType.REREAD,
            "commitTimestamp": milliseconds_to(began),
            "sequenceNumber": 0,
            "transactionKey": f"reread-{context.new_id()}",
        }
        body = orjson.dumps({"ChangeEventHeader": header})
        _feed(context, "reread", EventSource.SALESFORCE_CHANGES, body, "", "That", as_json=as_json)


def _feed(
    context: CliContext, command: str, source: EventSource, body: bytes, message_id: str, named: str, *, as_json: bool
) -> None:
    """Record what a payload tells, as if its webhook had received it now, and say what became of it."""
    mapping, asked = context.mapping(), Asked(f"chalkline events {command}", source, context.new_id().hex)
    try:
        changes = changes_in(source, body, message_id, mapping, context.now())
    except MalformedPayloadError as error:
        raise typer.BadParameter(f"{named} is no payload of {source}: {error}.") from error
    media_type = _MEDIA_TYPES.get(source, "application/json")
    payload = Payload(id=context.new_id(), source=source, content_type=media_type, body=kept_of(source, body))
    reception = Reception(mapping=mapping, at=context.now(), today=context.today(), new_id=context.new_id, asked=asked)
    with context.database() as database:
        recorded = asyncio.run(_record(database, payload, changes, reception)) if changes else ()
    _say(recorded, as_json=as_json)
    if any(event.status == "rejected" for event in recorded):
        raise typer.Exit(1)


async def _record(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> Sequence[RecordedEvent]:
    await database.recorder.start()
    try:
        return await record(database, payload, changes, reception)
    finally:
        await database.recorder.stop()


def _say(recorded: Sequence[RecordedEvent], *, as_json: bool) -> None:
    if as_json:
        typer.echo(to_json(render_received(recorded)))
        return
    for event in recorded:
        for field, reason in event.problem:
            typer.echo(f"{event.record[1]}: {field or 'the event'}: {reason}", err=True)
    before = sum(event.repeated for event in recorded)
    counts = Counter(event.status.value for event in recorded if not event.repeated)
    told = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())) or "none new"
    typer.echo(f"{len(recorded):,} events: {told}; {before:,} recorded before.")
