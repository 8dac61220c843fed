"""``chalkline backup`` and ``restore``: a SQLite database into one file, and back."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from service.entrypoints.cli.context import AsJson, CliContext, record_export
from service.entrypoints.cli.keys import By
from service.entrypoints.common.encoding import to_json
from service.store.backup import Copied, back_up, restore
from service.store.errors import SchemaBehindError, StoreUnavailableError


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands to the command line."""

    @cli.command("backup")
    def back_up_database(
        file: Annotated[Path, typer.Argument(help="The file to make. None may be there.")],
        *,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Copy a SQLite database into one file, while the service runs. PostgreSQL is backed up with pg_dump."""
        copied = back_up(context.database_url(), file, lambda: _note(context, by, file))
        _tell(copied, f"{file} has {copied.bytes} bytes, its schema at {copied.revision}.", as_json=as_json)

    @cli.command("restore")
    def restore_database(
        file: Annotated[Path, typer.Argument(help="A file that chalkline backup made.")], *, as_json: AsJson = False
    ) -> None:
        """Put a backup in the place of a SQLite database that nobody uses. What was there is kept beside it."""
        aside = f".replaced-{context.now():%Y%m%dT%H%M%S%fZ}"
        copied = restore(context.database_url(), file, aside)
        kept = "" if copied.replaced is None else f" What was there is {copied.replaced}."
        said = f"{copied.file} is what {file} was, its schema at {copied.revision}.{kept}"
        _tell(copied, f"{said} `chalkline serve` brings the schema up to date.", as_json=as_json)


def _note(context: CliContext, by: str, file: Path) -> None:
    """Record that all is taken away. Where that cannot be recorded it is said, and the backup is needed all the more.

    An older schema may have no place for it: it is backed up before an upgrade.
    """
    try:
        with suppress(SchemaBehindError), context.database() as database:
            record_export(context, database, by, "database", "application/vnd.sqlite3", file=file)
    except StoreUnavailableError:
        typer.echo("That this backup is made cannot be recorded: the database takes no changes.", err=True)


def _tell(copied: Copied, text: str, *, as_json: bool) -> None:
    body = {
        "file": str(copied.file),
        "bytes": copied.bytes,
        "revision": copied.revision,
        "replaced": None if copied.replaced is None else str(copied.replaced),
    }
    typer.echo(to_json(body) if as_json else text)
