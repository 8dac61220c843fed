"""The command line ``chalkline``: its commands, each in a file of its name."""

import typer

from service.entrypoints.cli.classify import classify

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False)
app.command()(classify)


@app.callback()
def chalkline() -> None:
    """Decide which sales team owns an account, and say why."""
