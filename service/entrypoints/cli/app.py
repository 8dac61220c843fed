"""The command line: one function a command."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from service.entrypoints.cli.bulk import bulk_commands
from service.entrypoints.cli.changeover import changeover_command
from service.entrypoints.cli.classify import classify_command
from service.entrypoints.cli.events import events_commands
from service.entrypoints.cli.keys import keys_commands
from service.entrypoints.cli.lab import lab_commands
from service.entrypoints.cli.policies import policies_commands
from service.entrypoints.cli.tools import Tools


def create_cli(tools: Tools) -> typer.Typer:
    """The commands, over the tools they work with."""
    cli = typer.Typer(
        name="chalkline",
        help="Decides which sales team owns an account, says why, and remembers.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @cli.command()
    def serve(
        host: Annotated[str | None, typer.Option(help="The address; default CHALKLINE_HOST or 127.0.0.1.")] = None,
        port: Annotated[int | None, typer.Option(help="The port; default CHALKLINE_PORT or 8000.")] = None,
    ) -> None:
        """Bring the schema up to date and serve the HTTP API. The first start makes an API key and prints it once."""
        tools.serve(host, port)

    @cli.command()
    def worker() -> None:
        """Deliver to subscribers and carry out changeovers, apart from any service, until told to stop.

        Services leave it to workers with CHALKLINE_WORKER=false. Any number may run on one PostgreSQL.
        """
        tools.worker()

    @cli.command()
    def migrate(*, as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False) -> None:
        """Bring the database's schema up to date."""
        revision = tools.migrate()
        typer.echo(orjson.dumps({"revision": revision}) if as_json else f"The schema is at {revision}.")

    @cli.command()
    def openapi(
        out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
    ) -> None:
        """Write the OpenAPI document of the HTTP API."""
        text = tools.openapi(as_json)
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text)

    cli.command()(classify_command(tools))
    cli.command()(changeover_command(tools))
    cli.add_typer(bulk_commands(tools), name="bulk")
    cli.add_typer(events_commands(tools), name="events")
    cli.add_typer(lab_commands(tools), name="lab")
    cli.add_typer(policies_commands(tools), name="policies")
    cli.add_typer(keys_commands(tools), name="keys")
    return cli
