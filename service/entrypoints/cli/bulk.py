"""``chalkline bulk``: decide the accounts of a table, however many, and write what was decided, or just look at it."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import orjson
import pyarrow as pa
import typer

from service.bulk.destination import Destination, UnusableOutputError, destination
from service.bulk.engines.open import Engine, UnusableEngineError, open_engine
from service.bulk.outputs import Outputs
from service.bulk.reviews import ReviewingEngine
from service.bulk.rows import Table
from service.domain.errors import NoPolicyInForceError, NotYetError
from service.domain.origins import Origin, OriginKind
from service.domain.policies import Policies, TriedPolicies
from service.domain.policy import Policy
from service.domain.rows import Summary
from service.domain.wording import quantity
from service.entrypoints.cli.context import (
    MEDIA_TYPES,
    AsJson,
    CliContext,
    Strict,
    TableName,
    decided_on,
    record_export,
)
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.reading import reads_tables
from service.entrypoints.cli.summaries import print_check, print_summary, print_tried
from service.entrypoints.cli.tried import Changes, DraftOption, tried_on_accounts
from service.entrypoints.cli.watching import progress, rare_collections
from service.entrypoints.common.tables.reading import Reading
from service.entrypoints.common.tables.sources import STANDARD_INPUT, UnusableInputError, title_of
from service.entrypoints.common.tables.table_in import TableIn
from service.entrypoints.common.tables.tables_in import open_table
from service.entrypoints.views.policies import render_changes
from service.entrypoints.views.tables import check_document, summary_document
from service.store.recording import Asked
from service.usecases.classify_table import classify_table
from service.usecases.record_table import record_table

_SOME_REJECTED = 1
_UNUSABLE = 2
_INTERRUPTED = 130
_ACTOR = "chalkline bulk"
_DEFAULT_ENGINE = "duckdb"


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about whole tables to the command line."""

    @cli.command()
    @reads_tables
    def classify(  # noqa: PLR0913 - its options
        file: TableName,
        *,
        reading: Reading,
        out: Annotated[Path, typer.Option(help="Where the decisions go: a .parquet, .csv or .xlsx file.")],
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
        change: Changes,
        draft: DraftOption = None,
        strict: Strict = False,
        by: By,
        as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    ) -> None:
        """Decide which team owns each account of a table, and write the decisions with every clause's outcome.

        OUT.legend.csv says what each column of a clause asks, and where the handbook says so.
        Rows that cannot be decided go to OUT.rejected.csv as they were, to be mended and read again. Ends with 0 when
        every row is decided, 1 when some are rejected, 2 for unusable input.
        """
        if record and engine != _DEFAULT_ENGINE:
            raise typer.BadParameter(
                "A decision that is recorded rests on the record, not on a table", param_hint="--engine"
            )
        if record and (change or draft is not None):
            raise typer.BadParameter(
                "What is recorded is decided under what is published", param_hint="--draft / --set"
            )
        with _refusals("classify"), destination(out, _file_of(file)) as to:
            policies = _policies(context, on, change, draft)
            opening = partial(open_table, file, on, policies, context.mapping(), reading, strict=strict, keep=keep)
            with opening(may_begin_anew=not record) as opened:
                if record:
                    table, summary = opened, _record(context, title_of(file), opened, on, to, by)
                else:
                    with closing(open_engine(engine)) as opened_engine:
                        table, summary = decide(opened, on, policies, opened_engine, to)
        both = context.policies().on(on), policies.on(on)
        if as_json:
            told = summary_document(summary, table)
            typer.echo(orjson.dumps(told | {"parameters_tried": render_changes(*(each.parameters for each in both))}))
        else:
            print_summary(summary, table, out)
            print_tried(*both)
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)

    @cli.command()
    @reads_tables
    def check(
        file: TableName,
        *,
        reading: Reading,
        on: Annotated[date, decided_on(context)],
        strict: Strict = False,
        as_json: AsJson = False,
    ) -> None:
        """Say what is in a table and what would come of it, on a page: nothing is recorded, and no file is written.

        Which columns are understood and which are not, why rows are rejected, which accounts go to which team, and
        which reviews they would open. Ends as classify does.
        """
        policies = context.policies()
        with (
            _refusals("check"),
            open_table(file, on, policies, context.mapping(), reading, strict=strict, may_begin_anew=True) as opened,
        ):
            table, summary = decide(opened, on, policies, ReviewingEngine(), None)
        if as_json:
            typer.echo(orjson.dumps(check_document(summary, table)))
        else:
            print_check(summary, table)
        if summary.rejected:
            raise typer.Exit(_SOME_REJECTED)


@contextmanager
def _refusals(command: str) -> Iterator[None]:
    """Say in a sentence why a table cannot be used, or its output cannot be written, and end with 2."""
    try:
        yield
    except UnusableOutputError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--out") from error
    except (NoPolicyInForceError, NotYetError, UnusableEngineError, UnusableInputError, OSError) as error:
        sys.stderr.write(f"chalkline bulk {command}: {error}\n")
        raise typer.Exit(_UNUSABLE) from error


def _policies(context: CliContext, on: date, changes: list[str], draft: UUID | None) -> Policies:
    """Those that are published; or in their place the one that is tried."""
    published = context.policies()
    if not changes and draft is None:
        return published
    return TriedPolicies(published.published, tried=tried_on_accounts(context, on, changes, draft)[1])


def _file_of(name: str) -> os.stat_result | None:
    """The file that is read; None where none is."""
    try:
        return os.fstat(sys.stdin.fileno()) if name == STANDARD_INPUT else Path(name).stat()
    except OSError:
        return None


def decide(
    table: TableIn, on: date, policies: Policies, engine: Engine, to: Destination | None
) -> tuple[TableIn, Summary]:
    """Decide a table, and once more where it begins anew: what was written then takes the place of what was before.

    The table is the one that was read last.
    """
    with _running(table, policies.on(on), to) as (rows, outputs, moved):
        summary = classify_table(rows, on, policies, engine, outputs, moved)
    anew = table.anew()
    return (table, summary) if anew is None else decide(anew, on, policies, engine, to)


def _record(context: CliContext, title: str, table: TableIn, on: date, to: Destination, by: str) -> Summary:
    asked = Asked(_ACTOR, "cli", context.new_id().hex, Origin(OriginKind.FILE, title))
    with (
        _running(table, context.policies().on(on), to) as (rows, outputs, moved),
        context.database() as database,
    ):
        # What comes out is what is on record, moves and the VP's segments too, whatever the table says.
        record_export(
            context, database, by, "decisions", MEDIA_TYPES[to.suffix], table=title, on=on, out=to.decisions.name
        )
        try:
            return asyncio.run(record_table(database, rows, on, context.today(), asked, outputs, moved))
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            if interrupted or outputs.summary.decided:
                sys.stderr.write(f"{_on_record(outputs.summary)}\n")
            if interrupted:
                raise typer.Exit(_INTERRUPTED) from error
            raise


def _on_record(summary: Summary) -> str:
    """What became of a recording that did not come to its end."""
    standing = f", and {summary.stood_already:,} were before" if summary.stood_already else ""
    return (
        f"Broken off: {quantity(summary.recorded, 'decision')} of this run are on record{standing}. Running it again "
        "goes on from there, and records none twice. No file was written."
    )


@contextmanager
def _running(
    table: TableIn, policy: Policy, to: Destination | None
) -> Iterator[tuple[Table, Outputs, Callable[[], None]]]:
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
