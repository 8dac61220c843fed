"""The command line. It knows the names of its commands; what a command needs is loaded when that one is run."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:  # it knows the database and the rules, which most of an hour's commands can do without
    from service.entrypoints.cli.context import CliContext

COMMANDS = {
    "serve": ("serve", "Bring the schema up to date and serve the HTTP API and the console."),
    "worker": (
        "serve",
        "Deliver to subscribers and carry out changeovers, apart from any service, until told to stop.",
    ),
    "migrate": ("serve", "Bring the database's schema up to date."),
    "openapi": ("serve", "Write the OpenAPI document of the HTTP API."),
    "classify": ("classify", "Decide which team owns each account of a file, and say why."),
    "explain": ("explain", "Say who owns an account, since when and why, clause by clause, by the record."),
    "changeover": ("changeover", "Move every account that a quarter changeover moves (MOVE-3)."),
    "calendar": ("calendar", "List the forecast calendar, and say which close date an opportunity has."),
    "duties": ("duties", "Say which duties an opportunity has, which are met, and for want of what one is unknown."),
    "leads": ("leads", "List leads as they stand now, those recorded last first; assign one, record a touch."),
    "co-selling": ("co_selling", "Count an ASM's co-selling calls up to a day (CAL-4), and log one."),
    "triage": ("inbound", "Say who takes an inbound request to Support, and why (OPP-6)."),
    "web-directs": ("web_directs", "Check a web direct purchase, keep what is said of it, and list what was (OPP-7)."),
    "bulk": ("bulk", "Decide whole tables of accounts."),
    "events": ("events", "Check payloads of CRMs that were saved, feed them again, and state that a CRM was re-read."),
    "lab": ("lab", "Look at a policy, and at what a change of it would do."),
    "policies": ("policies", "List, draft, publish and apply policy revisions."),
    "people": ("people", "Say who sells, from a file."),
    "ranks": ("ranks", "List an account executive's accounts by rank, and give an account its rank."),
    "keys": ("keys", "Make, list, rotate and revoke API keys."),
    "ledger": ("ledger", "Make a key for the ledger."),
    "verify": (
        "verify",
        "Check a receipt, an export or a served ledger against the ledger's public key, and name the first bad entry.",
    ),
    "backup": ("backup", "Copy a SQLite database into one file, while the service runs."),
    "restore": ("backup", "Put a backup in the place of a SQLite database that nobody uses."),
    "doctor": ("doctor", "Say what the settings make of the service, and what is wrong."),
}
"""Each command, the module beside this one whose ``add_commands`` makes it, and its help in a sentence."""


def create_cli(context: "Callable[[], CliContext]") -> typer.Typer:
    """The commands. ``context`` makes what they work with, once one of them is to be run."""
    cli = typer.Typer(
        name="chalkline",
        cls=_OnDemand,
        context_settings={"obj": context},
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # a frame around each help would take longer to load than all that it says
    )

    @cli.callback()
    def chalkline(
        *,
        version: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version, and exit.")
        ] = False,
    ) -> None:
        """Decides which sales team owns an account, says why, and remembers."""
        del version  # told by then

    for name, (_, summary) in COMMANDS.items():
        cli.command(name, short_help=summary)(lambda: None)
    return cli


@contextmanager
def loading() -> Iterator[None]:
    """Load modules: they stay, so that looking through them for garbage, now or later, would be lost time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _OnDemand(TyperGroup):
    """A group whose commands stand in for those that are loaded when they are asked for."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - typer hides its classes
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, stand_in and loaded(name or "", ctx.obj), rest

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Run a command; what it refuses of its options is said as the API says it, where Pydantic found it."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from pydantic_core import ValidationError  # noqa: PLC0415 - most commands do without

            from service.entrypoints.common.reasons import reason  # noqa: PLC0415 - as said

            if isinstance(error.__cause__, ValidationError):
                error.message = reason(error.__cause__.errors()[0]).removesuffix(".") + "."
            raise


def loaded(name: str, context: "Callable[[], CliContext]") -> Any:  # noqa: ANN401 - as above
    """A command, as it is run: the one of that name that its module adds, or the group of all that it adds."""
    module, summary = COMMANDS[name]
    cli = typer.Typer(help=summary, no_args_is_help=True, rich_markup_mode=None)
    with loading():
        import_module(f"service.entrypoints.cli.{module}").add_commands(cli, context())
    group = typer.main.get_group(cli)
    return group.commands.get(name, group)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - typer's own way
    if wanted:
        typer.echo(f"chalkline {installed_version('chalkline')}")
        raise typer.Exit
