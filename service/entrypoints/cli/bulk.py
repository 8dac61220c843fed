"""``chalkline bulk classify``: decide the accounts of a table, however many, and write a table of decisions."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import orjson
import pyarrow as pa
import typer

from service.bulk.destination import Destination, UnusableOutputError, destination
from service.bulk.engines.open import UnusableEngineError, open_engine
from service.bulk.outputs import Outputs
from service.bulk.rows import Table
from service.domain.errors import NoPolicyInForceError, NotYetError
from service.domain.policy import Policy
from service.domain.rows import Summary
from service.entrypoints.cli.context import CliContext, Strict, TableName, decided_on
from service.entrypoints.cli.summaries import print_summary, summary_document
from service.entrypoints.cli.tables_in import STANDARD_INPUT, TableIn, UnusableInputError, open_table
from service.entrypoints.cli.watching import progress
from service.store.recording import Asked
from service.usecases.classify_table import classify_table
from service.usecases.record_table import record_table

_SOME_REJECTED = 1
_UNUSABLE = 2
_ACTOR = "chalkline bulk"
_DEFAULT_ENGINE = "duckdb"
_CALLS_A_COLLECTION = 64


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about whole tables to the command line."""

    @cli.command()
    def classify(  # noqa: PLR0913 - its options
        file: TableName,
        *,
        out: Annotated[Path, typer.Option(help="Where the decisions go: a .parquet or a .csv file.")],
        on: Annotated[date, decided_on(context)],
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
        keep: Annotated[
            list[str],
            typer.Option(
                "--keep",
                metavar="COLUMN",
                default_factory=list,
                show_default=False,
                help="A column of the table that goes along as it is; may be given several times.",
            ),
        ],
        strict: Strict = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    ) -> None:
        """Decide which team owns each account of a table, and write the decisions with every clause's outcome.

        Rows that cannot be decided go to OUT.rejected.csv as they were, to be mended and read again. Ends with 0 when
        every row is decided, 1 when some are rejected, 2 for unusable input.
        """
        if record and engine != _DEFAULT_ENGINE:
            raise typer.BadParameter(
                "A decision that is recorded rests on the record, not on a table", param_hint="--engine"
            )
        try:
            with (
                destination(out, _file_of(file)) as to,
                open_table(file, on, context.policies(), context.mapping(), strict=strict, keep=keep) as table,
            ):
                summary = _record(context, table, on, to) if record else _decide(context, table, on, engine, to)
        except UnusableOutputError as error:
            raise typer.BadParameter(f"{error}.", param_hint="--out") from error
        except (NoPolicyInForceError, NotYetError, UnusableEngineError, UnusableInputError, OSError) as error:
            sys.stderr.write(f"chalkline bulk classify: {error}\n")
            raise typer.Exit(_UNUSABLE) from error
        if as_json:
            typer.echo(orjson.dumps(summary_document(summary, table)))
        else:
            print_summary(summary, table, out)
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)


def _file_of(name: str) -> os.stat_result | None:
    """The file that is read; None where none is."""
    try:
        return os.fstat(sys.stdin.fileno()) if name == STANDARD_INPUT else Path(name).stat()
    except OSError:
        return None


def _decide(context: CliContext, table: TableIn, on: date, engine: str, to: Destination) -> Summary:
    policies = context.policies()
    with closing(open_engine(engine)) as opened, _running(table, policies.on(on), to) as (rows, outputs, moved):
        return classify_table(rows, on, policies, opened, outputs, moved)


def _record(context: CliContext, table: TableIn, on: date, to: Destination) -> Summary:
    asked = Asked(_ACTOR, "cli", context.new_id().hex)
    with (
        _running(table, context.policies().on(on), to) as (rows, outputs, moved),
        context.database() as database,
    ):
        return asyncio.run(record_table(database, rows, on, context.today(), asked, outputs, moved))


@contextmanager
def _running(table: TableIn, policy: Policy, to: Destination) -> Iterator[tuple[Table, Outputs, Callable[[], None]]]:
    """The rows of a table, where what becomes of them goes, and what to call now and then for it to be shown."""
    # Arrow's own pool keeps what was let go, for each of the threads; the system's gives it back.
    pa.set_memory_pool(pa.system_memory_pool())
    rows = table.in_blocks()
    with (
        Outputs(to, policy, rows) as outputs,
        progress(table.stream, table.size) as shown,
        rare_collections(shown) as moved,
    ):
        yield rows, outputs, moved


@contextmanager
def rare_collections(moved: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Search for cycles of garbage but now and then: once in many calls of what is given, which calls ``moved``.

    Left to itself, the search walks through all that is loaded every few thousand rows, which have no cycles, for a
    third of the time.
    """
    calls = 0

    def counted() -> None:
        nonlocal calls
        calls += 1
        if calls % _CALLS_A_COLLECTION == 0:
            gc.collect()
        moved()

    gc.disable()
    try:
        yield counted
    finally:
        gc.enable()
