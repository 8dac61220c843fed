"""``chalkline keys``: make, list, rotate and revoke API keys."""

import getpass
import os
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.cli.context import AsJson, CliContext, refused
from service.entrypoints.common.encoding import to_json
from service.store.errors import KeyNameTakenError, KeyNotFoundError
from service.store.keys import ApiKey, all_keys
from service.usecases.manage_keys import Issued

KeyId = Annotated[UUID, typer.Argument(help="The key's identifier, from the list.")]


def _checked(name: str) -> str:
    if not 1 <= len(name) <= 64 or not name.isprintable():  # noqa: PLR2004 - said in the message
        raise typer.BadParameter("A name has 1 to 64 printable characters.")
    return name


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"uid {os.getuid()}"


By = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Who does it, as the list will name them.",
        callback=_checked,
        default_factory=_user,
        show_default="the user on this machine",
    ),
]


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about API keys to the command line."""

    @cli.command()
    def create(
        name: Annotated[
            str, typer.Argument(help="Who acts with the key, as decisions will name them.", callback=_checked)
        ],
        scope: Annotated[list[Scope], typer.Option(help="What the key allows; may be given several times.")],
        team: Annotated[Team | None, typer.Option(help="The sales team that its holder acts for in handoffs.")] = None,
        days: Annotated[int, typer.Option(min=1, max=3650, help="How many days the key works.")] = 365,
        *,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Make a key. It is shown now and never again."""
        with context.database() as database:
            try:
                office = context.key_office(database)
                issued = office.issue(name, frozenset(scope), timedelta(days=days), team=team, by=by)
            except KeyNameTakenError as error:
                raise typer.BadParameter(f"{error}. Rotate that key, or take another name.") from None
        _show_issued(issued, as_json=as_json)

    @cli.command("list")
    def list_keys(*, as_json: AsJson = False) -> None:
        """List every key, without the keys themselves."""
        with context.database() as database:
            keys = all_keys(database.engine)
        if as_json:
            typer.echo(to_json([_body(key) for key in keys]))
        else:
            typer.echo("\n".join(map(_listed, keys)) or "There is no key yet.")

    @cli.command()
    def rotate(
        key_id: KeyId,
        overlap_hours: Annotated[int, typer.Option(min=0, help="How many hours the old key works on.")] = 24,
        *,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Make a successor with the same name, scopes and lifetime; the old key works on for a while."""
        with context.database() as database, refused(KeyNotFoundError):
            issued = context.key_office(database).rotate(key_id, timedelta(hours=overlap_hours), by=by)
        _show_issued(issued, as_json=as_json)

    @cli.command()
    def revoke(key_id: KeyId, *, by: By, as_json: AsJson = False) -> None:
        """Let a key work no more. A running service may believe it for CHALKLINE_KEY_CACHE_SECONDS longer."""
        with context.database() as database, refused(KeyNotFoundError):
            revoked = context.key_office(database).revoke(key_id, by=by)
        typer.echo(to_json(_body(revoked)) if as_json else f"Key {revoked.hint} of {revoked.name} works no more.")


def _show_issued(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        typer.echo(to_json(_body(issued.stored) | {"key": issued.key}))
    else:
        typer.echo(issued.key)
        typer.echo(f"Keep it now: only its hash is stored. It works until {_day(issued.stored.expires_at)}.", err=True)


def _body(key: ApiKey) -> dict[str, Any]:
    return asdict(key) | {"scopes": sorted(key.scopes)}


def _listed(key: ApiKey) -> str:
    """A key on three lines, so that its identifier is whole on a narrow terminal too."""
    team = "" if key.team is None else f"  {key.team}"
    used = "not used yet" if key.last_used_at is None else f"last used {_day(key.last_used_at)}"
    return "\n".join(
        [
            f"{key.id}  {key.name}{team}",
            f"  {key.hint}  {' '.join(sorted(key.scopes))}  {_end(key)}",
            f"  made {_day(key.created_at)}{_by(key.created_by)}  {used}",
        ]
    )


def _end(key: ApiKey) -> str:
    if key.revoked_at is None:
        return f"expires {_day(key.expires_at)}"
    return f"revoked {_day(key.revoked_at)}{_by(key.revoked_by)}"


def _by(name: str | None) -> str:
    return "" if name is None else f" by {name}"


def _day(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M UTC")
