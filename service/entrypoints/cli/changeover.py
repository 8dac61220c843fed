"""``chalkline changeover``: move every account that a quarter changeover moves, or list which it would (MOVE-3)."""

import asyncio
import sys
from datetime import date, timedelta
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from service.crm.payloads import printable
from service.domain.decision import Kind
from service.domain.errors import DomainError
from service.domain.sentences import summary
from service.domain.wording import quantity
from service.entrypoints.cli.context import CliContext, day_option, doing, printed, record_export, refused
from service.entrypoints.cli.keys import By
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_unrecorded
from service.store.acts import recording
from service.store.changeovers import begin_changeover, count_accounts, finish_changeover, moved_at, note_progress
from service.store.database import Database
from service.store.engine import open_writer
from service.store.policies import current_policies
from service.store.recording import Asked
from service.usecases.change_over import Progress, change_over, check_changeover, concerned_accounts

_ACTOR = "chalkline changeover"
_LEASE = timedelta(seconds=60)
_OPEN = "Open for want of its last activity: it stays where it is."


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def changeover(
        *,
        on: Annotated[date, day_option("The first day of a fiscal quarter, as 2022-05-01.")],
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Record nothing; list who would move, and who stays open.")
        ] = False,
        by: By,
        as_json: Annotated[
            bool, typer.Option("--json", help="Answer as JSON, a dry run as a line an account.")
        ] = False,
    ) -> None:
        """Move every account that a quarter changeover moves (MOVE-3).

        Interrupted, or run again, it comes to the same end: no account is moved twice. A service goes on with what was
        left half-way. The API lists what was run by command, too.
        """
        today = context.today()
        with context.database() as database:
            with refused(DomainError):
                check_changeover(on, max(on, today) if dry_run else today, current_policies(database.engine))
            if dry_run:
                record_export(context, database, by, "changeover", printed(as_json=as_json), on=on, dry_run="true")
                _list(database, on, as_json=as_json)
                return
            progress = asyncio.run(_carry_out(context, database, on, by))
            _say(progress, on, moved_at(database.engine, on), as_json=as_json)


def _list(database: Database, on: date, *, as_json: bool) -> None:
    would_move, would_stay_open = 0, 0
    for decision, moves in concerned_accounts(database, on, None):
        would_move, would_stay_open = would_move + moves, would_stay_open + (not moves)
        if as_json:
            told = {**render_unrecorded(decision, kind=Kind.CHANGEOVER), "unsettled": not moves}
            sys.stdout.buffer.write(to_json(told) + b"\n")
            continue
        account = decision.facts.account
        name = "" if account.name is None else f"{printable(account.name)}  "
        typer.echo(f"{name}{account.id}\n  {summary(decision, decision.policy) if moves else _OPEN}")
    sys.stdout.buffer.flush()
    stays = f"{quantity(would_stay_open, 'account')} would stay open for want of the last activity"
    typer.echo(f"{quantity(would_move, 'account')} would move; {stays}; nothing was recorded.", err=True)


async def _carry_out(context: CliContext, database: Database, on: date, by: str) -> Progress:
    engine, now = database.engine, doing(context, by)
    request_id = now.by.request_id
    requested = partial(begin_changeover, on=on, by=_ACTOR, at=now.at, request_id=request_id, until=now.at + _LEASE)
    with open_writer(engine) as session:
        begun = recording(requested, lambda _: now.changeover_requested(on))(session)
        session.commit()
    await database.recorder.start()
    asked = Asked(_ACTOR, "cli", request_id)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        # Of all accounts, for nobody knows before which of them Territory owns: the bar ends early, never late.
        task = bar.add_task(f"Changeover of {on}", total=count_accounts(engine))

        def note(progress: Progress) -> None:
            until = context.now() + _LEASE
            note_progress(engine, on, progress.after or "", progress.examined, progress.unsettled, until)
            bar.update(task, completed=progress.examined)

        try:
            so_far = Progress(after=begun.after_account_id, examined=begun.examined, unsettled=begun.unsettled)
            progress = await change_over(database, on, asked, note, so_far)
            await asyncio.to_thread(finish_changeover, engine, on, context.now())
            return progress
        finally:
            await database.recorder.stop()


def _say(progress: Progress, on: date, moved_in_all: int, *, as_json: bool) -> None:
    if as_json:
        told = {"on": on, "examined": progress.examined, "moved": progress.moved, "unsettled": progress.unsettled}
        typer.echo(orjson.dumps(told | {"moved_in_all": moved_in_all}))
        return
    moved = f"{quantity(progress.moved, 'account')} moved ({moved_in_all:,} in all)"
    typer.echo(
        f"Changeover of {on}: {progress.examined:,} Territory accounts looked at, {moved}, "
        f"{progress.unsettled:,} open for want of their last activity."
    )
