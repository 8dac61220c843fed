"""``chalkline doctor``: what the settings make of the service here, and what is wrong with it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer

from service.entrypoints.cli.context import AsJson, CliContext, Examination
from service.entrypoints.common.encoding import to_json


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def doctor(*, as_json: AsJson = False) -> None:
        """Say what the settings make of the service, and what is wrong. Secrets are not shown, and nothing is changed.

        Ends with 1 when something is wrong.
        """
        found = context.examine()
        typer.echo(to_json(_body(found)) if as_json else _text(found))
        if found.wrong:
            raise typer.Exit(1)


def _body(found: Examination) -> dict[str, Any]:
    settings = {name: {"value": value, "set": is_set} for name, (value, is_set) in found.settings.items()}
    return asdict(found) | {"settings": settings}


def _text(found: Examination) -> str:
    settings = {
        name: f"{'not set' if value is None else _words(value)}{'' if is_set or value is None else '  (default)'}"
        for name, (value, is_set) in found.settings.items()
    }
    parts = {
        f"Chalkline {found.version}": settings,
        "Database": found.database,
        "Field mapping": {"read from": found.mapping},
        "Clock": found.clock,
    }
    lines = [line for title, part in parts.items() for line in (title, *_table(part))]
    wrong = ["Wrong", *(f"  {sentence}" for sentence in found.wrong)] if found.wrong else ["Nothing is wrong."]
    return "\n".join(lines + wrong)


def _table(part: dict[str, Any]) -> list[str]:
    width = max(map(len, part))
    return [f"  {name:{width}}  {_words(value)}".rstrip() for name, value in part.items()]


def _words(value: object) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S UTC")
        case list():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)
