"""``chalkline bulk classify``: decide the accounts of a table, however many, and write a table of decisions."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Annotated

import orjson
import pyarrow as pa
import typer

from service.bulk.columns import decision_columns
from service.bulk.destination import Destination, UnusableOutputError, destination
from service.bulk.engines.open import UnusableEngineError, open_engine
from service.bulk.outputs import Outputs
from service.crm.columns import UnreadColumns
from service.domain.errors import NoPolicyInForceError, NotYetError
from service.domain.rows import Summary
from service.entrypoints.cli.context import CliContext, Strict, TableName, decided_on
from service.entrypoints.cli.findings import print_summary, summary_document
from service.entrypoints.cli.tables_in import STANDARD_INPUT, UnusableInputError, open_table
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
    def classify(
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
        strict: Strict = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    ) -> None:
        """Decide which team owns each account of a table, and write the decisions with every clause's outcome.

        Rows that cannot be read go to OUT.rejected.csv, each with its reason. Ends with 0 when every row is decided,
        1 when some are rejected, 2 for unusable input.
        """
        if record and engine != _DEFAULT_ENGINE:
            raise typer.BadParameter(
                "A decision that is recorded rests on the record, not on a table", param_hint="--engine"
            )
        try:
            with destination(out, _file_of(file)) as to:
                summary, unread = _run(context, file, to, on, None if record else engine, strict=strict)
        except UnusableOutputError as error:
            raise typer.BadParameter(f"{error}.", param_hint="--out") from error
        except (NoPolicyInForceError, NotYetError, UnusableEngineError, UnusableInputError, OSError) as error:
            sys.stderr.write(f"chalkline bulk classify: {error}\n")
            raise typer.Exit(_UNUSABLE) from error
        if as_json:
            typer.echo(orjson.dumps(summary_document(summary, unread)))
        else:
            print_summary(summary, unread, out)
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)


def _file_of(name: str) -> os.stat_result | None:
    """The file that is read; None where none is."""
    try:
        return os.fstat(sys.stdin.fileno()) if name == STANDARD_INPUT else Path(name).stat()
    except OSError:
        return None


def _run(
    context: CliContext, file: str, to: Destination, on: date, engine: str | None, *, strict: bool
) -> tuple[Summary, UnreadColumns]:
    """Decide the table with an engine, or record it."""
    # Arrow's own pool keeps what was let go, for each of the threads; the system's gives it back.
    pa.set_memory_pool(pa.system_memory_pool())
    policies = context.policies()
    columns = decision_columns(policies.on(on))
    with (
        nullcontext() if engine is None else closing(open_engine(engine)) as opened,
        open_table(file, on, policies, context.mapping(), strict=strict) as table,
        Outputs(to, columns) as outputs,
        progress(table.stream, table.size) as shown,
        rare_collections(shown) as moved,
    ):
        if opened is not None:
            return classify_table(table.in_blocks(), on, policies, opened, outputs, moved), table.unread
        asked = Asked(_ACTOR, "cli", context.new_id().hex)
        with context.database() as database:
            recording = record_table(database, table.in_blocks(), on, context.today(), asked, outputs, moved)
            return asyncio.run(recording), table.unread


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
