"""``chalkline bulk classify``: decide the accounts of a table, however many, and write a table of decisions."""

import asyncio
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from service.domain.errors import NoPolicyInForceError
from service.domain.policies import Policies
from service.domain.rows import Summary
from service.entrypoints.cli.collecting import rare_collections
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.tables_in import UnusableInputError, open_table
from service.entrypoints.cli.tools import Tools
from service.entrypoints.cli.watching import progress
from service.usecases.classify import Asked

if TYPE_CHECKING:
    from service.bulk.engines.open import Engine

_SOME_REJECTED = 1
_UNUSABLE = 2
_ACTOR = "chalkline bulk"
_DEFAULT_ENGINE = "duckdb"


class _UnusableError(ValueError):
    """What was asked for cannot be had. The message is a sentence for the person who asked."""


def bulk_commands(tools: Tools) -> typer.Typer:
    """The commands about whole tables."""
    commands = typer.Typer(help="Decide whole tables of accounts.", no_args_is_help=True)

    @commands.callback()
    def bulk() -> None:
        """Decide whole tables of accounts."""

    @commands.command()
    def classify(
        file: Annotated[
            str,
            typer.Argument(
                metavar="FILE",
                help="CSV, Parquet, JSON or NDJSON; - is standard input; postgresql://...#TABLE is a table.",
            ),
        ],
        *,
        out: Annotated[Path, typer.Option(help="Where the decisions go: a .parquet or a .csv file.")],
        on: Annotated[
            date,
            typer.Option(
                parser=day_option,
                metavar="DATE",
                default_factory=tools.today,
                show_default="today, UTC",
                help="The day whose policy decides the rows that name none (effective_on).",
            ),
        ],
        engine: Annotated[
            str,
            typer.Option(
                metavar="ENGINE",
                help="duckdb, polars, spark, spark:MASTER, or the address of a database: postgresql://...",
            ),
        ] = _DEFAULT_ENGINE,
        record: Annotated[
            bool, typer.Option("--record", help="Record each decision as the API would, and none twice.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    ) -> None:
        """Decide which team owns each account of a table, and write the decisions with every clause's outcome.

        Rows that cannot be read go to OUT.rejected.csv, each with its reason. Ends with 0 when every row is decided,
        1 when some are rejected, 2 for unusable input.
        """
        # What decides tables is loaded for this command alone: it takes as long as all the rest.
        from service.bulk.outputs import OUT_SUFFIXES  # noqa: PLC0415 - as said
        from service.entrypoints.cli.bulk_summary import print_summary, summary_document  # noqa: PLC0415 - as said

        if out.suffix.lower() not in OUT_SUFFIXES:
            raise typer.BadParameter(f"{out} is neither a .parquet nor a .csv file", param_hint="--out")
        if record and engine != _DEFAULT_ENGINE:
            raise typer.BadParameter(
                "A decision that is recorded rests on the record, not on a table", param_hint="--engine"
            )
        try:
            policies = tools.policies()
            policies.on(on)
            opened = None if record else _opened_engine(engine)
        except (NoPolicyInForceError, _UnusableError) as error:
            raise _unusable(error) from error
        try:
            summary = _run(tools, policies, file, out, on, opened)
        except (UnusableInputError, OSError) as error:
            raise _unusable(error) from error
        finally:
            if opened is not None:
                opened.close()
        if as_json:
            typer.echo(orjson.dumps(summary_document(summary)))
        else:
            print_summary(summary, out)
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)

    return commands


def _opened_engine(asked: str) -> "Engine":
    from service.bulk.engines.open import UnusableEngineError, open_engine  # noqa: PLC0415 - as said

    try:
        return open_engine(asked)
    except UnusableEngineError as error:
        raise _UnusableError(str(error)) from error


def _run(tools: Tools, policies: Policies, file: str, out: Path, on: date, engine: "Engine | None") -> Summary:
    """Decide the table with an engine, or record it."""
    import pyarrow  # noqa: ICN001, PLC0415 - as said; by its own name

    from service.bulk.columns import decision_columns  # noqa: PLC0415 - as said
    from service.bulk.outputs import Outputs  # noqa: PLC0415 - as said

    # Arrow's own pool keeps what was let go, for each of the threads; the system's gives it back.
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    with (
        open_table(file, on, policies, tools.mapping()) as table,
        Outputs(out, decision_columns(policies.on(on))) as outputs,
        progress(table.stream, table.size) as shown,
        rare_collections(shown) as moved,
    ):
        if engine is not None:
            from service.usecases.classify_table import classify_table  # noqa: PLC0415 - as said

            return classify_table(table.in_blocks(), on, policies, engine, outputs, moved)
        from service.usecases.record_table import record_table  # noqa: PLC0415 - as said

        asked = Asked(_ACTOR, "cli", tools.new_id().hex)
        with tools.database() as database:
            return asyncio.run(record_table(database, table.in_blocks(), on, asked, outputs, moved))


def _unusable(error: Exception) -> typer.Exit:
    sys.stderr.write(f"chalkline bulk classify: {error}\n")
    return typer.Exit(_UNUSABLE)
