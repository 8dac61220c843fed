"""``chalkline ledger``: what the owner of a ledger does with its key."""

from typing import Annotated

import typer

from service.domain.ledger.notes import NoteSigner, is_key_name
from service.entrypoints.cli.context import AsJson, CliContext
from service.entrypoints.common.encoding import to_json

_SEED_BYTES = 32


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands to the command line."""

    @cli.callback()
    def ledger() -> None:
        """Make a key for the ledger."""

    @cli.command("new-key")
    def make_key(
        name: Annotated[
            str, typer.Argument(help="The ledger's name, such as example.org/chalkline: for good, and its own.")
        ],
        *,
        as_json: AsJson = False,
    ) -> None:
        """Make a key that signs the ledger. It is shown now and kept nowhere; its public part goes to auditors."""
        if not is_key_name(name):
            raise typer.BadParameter("A ledger's name has neither blanks nor a plus", param_hint="NAME")
        signer = NoteSigner(name=name, seed=context.random_bytes(_SEED_BYTES))
        if as_json:
            typer.echo(to_json({"key": signer.secret, "public_key": str(signer.key)}))
        else:
            typer.echo(signer.secret)
            typer.echo(f"Its public part is {signer.key}", err=True)
