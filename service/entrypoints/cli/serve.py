"""The commands that run the service: ``chalkline serve``, ``worker``, ``migrate`` and ``openapi``."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from service.entrypoints.cli.context import AsJson, CliContext


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands to the command line."""

    @cli.command()
    def serve(
        host: Annotated[str | None, typer.Option(help="The address; default CHALKLINE_HOST or 127.0.0.1.")] = None,
        port: Annotated[int | None, typer.Option(help="The port; default CHALKLINE_PORT or 8000.")] = None,
    ) -> None:
        """Bring the schema up to date and serve the HTTP API and the console.

        The first start makes an API key and prints it once, with a link to the console.
        """
        context.serve(host, port)

    @cli.command()
    def worker() -> None:
        """Deliver to subscribers and carry out changeovers, apart from any service, until told to stop.

        Services leave it to workers with CHALKLINE_WORKER=false. Any number may run on one PostgreSQL.
        """
        context.worker()

    @cli.command()
    def migrate(*, as_json: AsJson = False) -> None:
        """Bring the database's schema up to date."""
        revision = context.migrate()
        typer.echo(orjson.dumps({"revision": revision}) if as_json else f"The schema is at {revision}.")

    @cli.command()
    def openapi(
        out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
    ) -> None:
        """Write the OpenAPI document of the HTTP API."""
        text = context.openapi(as_json)
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text)
