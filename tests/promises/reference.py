"""Write ``docs/reference`` from the code: ``python -m tests.promises.reference``. A test compares the two."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi.routing import APIRoute

from service import cli_wiring
from service.domain.duties.fy23_duties import fy23_duties
from service.domain.fy23 import fy23
from service.domain.wording import clauses_of, formula_of, text_of
from service.entrypoints.api.app import ROUTERS
from service.entrypoints.cli.app import COMMANDS, loaded
from service.entrypoints.common.problems import KNOWN
from service.settings import Settings
from tests.promises.facts import rows
from tests.promises.rule_places import places
from tests.servers import REPOSITORY

FOLDER = REPOSITORY / "docs" / "reference"


def pages() -> dict[str, str]:
    """Each page of the reference by its name."""
    return {
        "settings.md": _page("Settings", "Environment variables, read once when a command starts.", _settings()),
        "problems.md": _page(
            "Problems", "The `type` of a problem is `urn:chalkline:problem:` and its code.", _problems()
        ),
        "operations.md": _page(
            "The operations",
            "What each operation of the API does, and the scope that a key needs for it.",
            _operations(),
        ),
        "command-line.md": _page(
            "The command line", "Each command has `--help`; `chalkline --version` tells the version.", _commands()
        ),
        "rules.md": _page(
            "The rules",
            "The questions of the policies fy23, of accounts, and fy23-duties, of opportunities, in the order in which "
            "they are asked; and every rule with the place that decides it.",
            chain(_rules(), [""], places()),
        ),
        "facts.md": _page(
            "The facts",
            "A fact has one name: in explanations, `missing_facts`, what-ifs and columns of tables. The fields of a "
            "request keep theirs: here is which of them states which fact. What is made of others is missing under the "
            "name of what would make it known.",
            rows(),
        ),
    }


def _page(title: str, introduction: str, rows: Iterator[str]) -> str:
    return f"# {title}\n\n{introduction}\n\n" + "\n".join(rows) + "\n"


def _settings() -> Iterator[str]:
    yield "| variable | default | what it sets |\n|---|---|---|"
    for name, setting in Settings.model_fields.items():
        default = "" if setting.default is None else f"`{setting.default}`"
        yield f"| `CHALKLINE_{name.upper()}` | {default} | {setting.description} |"


def _problems() -> Iterator[str]:
    yield "| code | status | title | try again |\n|---|---|---|---|"
    for code, (status, title, seconds) in sorted(KNOWN.items(), key=lambda known: (known[1][0], known[0])):
        again = "" if seconds is None else f"after {seconds} s"
        yield f"| `{code}` | {status} | {title} | {again} |"


def _operations() -> Iterator[str]:
    yield "| operation | scope | what it does |\n|---|---|---|"
    for route in (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)):
        asked: list[frozenset[str]] = [
            getattr(each.call, "scopes", frozenset()) for each in route.dependant.dependencies
        ]
        scopes = " or ".join(f"`{scope}`" for scope in sorted(frozenset().union(*asked)))
        needs = scopes or ("a signature" if "/webhooks/" in route.path else "none")
        for method in sorted(route.methods or ()):
            yield f"| `{method} {route.path}` | {needs} | {route.summary} |"


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        yield from _command(loaded(name, cli_wiring.context), f"chalkline {name}")


def _command(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - typer hides its classes
    if hasattr(command, "commands"):
        for child_name, child in command.commands.items():
            yield from _command(child, f"{name} {child_name}")
        if not command.invoke_without_command:
            return
    yield f"## `{name}`\n\n{' '.join((command.help or '').split())}\n"
    yield "| parameter | what it is |\n|---|---|"
    for parameter in command.params:
        words = ", ".join(f"`{word}`" for word in parameter.opts)
        yield f"| {words} | {getattr(parameter, 'help', None) or ''} |"
    yield ""


def _rules() -> Iterator[str]:
    yield "| rule | clause | what is asked | in the handbook |\n|---|---|---|---|"
    for step in (*fy23().steps.values(), *fy23_duties().steps.values()):
        clauses = clauses_of(step.expression)
        text = formula_of(step.expression) if clauses else text_of(step.expression)
        yield f"| {step.rule} | {step.part} | {step.title}: `{text}` | {step.citation.heading}, {step.citation.item} |"
        for clause in clauses:
            cited = f"{clause.citation.heading}, {clause.citation.item}"
            yield f"| {step.rule} | {clause.label} | {clause.title}: `{text_of(clause.expression)}` | {cited} |"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
