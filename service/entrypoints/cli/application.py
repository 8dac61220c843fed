"""``chalkline policies apply``: decide the accounts anew that stand under an older revision, or find out who moves."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from service.domain.errors import DomainError
from service.domain.terms import Team
from service.domain.wording import TEAM_NAMES, quantity
from service.entrypoints.cli.context import AsJson, CliContext, doing, refused
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.watching import rare_collections
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.applications import ApplicationBody, render_application
from service.store.acts import recording
from service.store.applications import (
    Application,
    ApplicationStatus,
    Applied,
    claim_application,
    finish_application,
    note_application,
    request_application,
)
from service.store.database import Database
from service.store.engine import open_writer
from service.usecases.apply_policy import apply_policy, revision_to_apply

_ACTOR = "chalkline policies apply"
_LEASE = timedelta(seconds=60)


def add_application(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to those about policies."""

    @cli.command()
    def apply(
        *,
        policy: Annotated[str, typer.Option(help="The policy's name.")] = "fy23",
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Record nothing; say how many there are, and who moves.")
        ] = False,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Decide every account anew that stands under an older revision than the newest one.

        Interrupted, a service completes it, or the command run again once a minute has gone by.
        """
        with context.database() as database:
            with refused(DomainError):
                begun = _begin(context, database, policy, by, dry_run=dry_run)
            ended = render_application(asyncio.run(_carry_out(context, database, begun)))
        typer.echo(to_json(ended) if as_json else "\n".join(_words(ended)))
        if ended["status"] is ApplicationStatus.STOPPED:
            raise typer.Exit(1)


def _begin(context: CliContext, database: Database, policy_id: str, by: str, *, dry_run: bool) -> Application:
    """The application that was left half-way, or one that begins."""
    engine, today, asked = database.engine, context.today(), doing(context, by)
    now = asked.at
    left = claim_application(engine, now, now + _LEASE, policy_id=policy_id, dry_run=dry_run)
    if left is not None:
        return left
    requested = partial(
        request_application,
        choose=partial(revision_to_apply, policy_id=policy_id, today=today),
        application_id=context.new_id(),
        on=today,
        dry_run=dry_run,
        by=_ACTOR,
        at=now,
        request_id=asked.by.request_id,
        leased_until=now + _LEASE,
    )
    with open_writer(engine) as session:
        begun = recording(requested, asked.application_requested)(session)
        session.commit()
    return begun


async def _carry_out(context: CliContext, database: Database, begun: Application) -> Application:
    engine = database.engine
    await database.recorder.start()
    try:
        with Console(stderr=True).status("Applying the policy") as shown, rare_collections(lambda: None) as moved:

            def note(progress: Applied) -> None:
                note_application(engine, begun.id, progress, context.now() + _LEASE)
                shown.update(f"{quantity(progress.decided, 'account')} decided anew")
                moved()

            status = await apply_policy(database, begun, context.today, note)
        return await asyncio.to_thread(finish_application, engine, begun.id, status, context.now())
    finally:
        await database.recorder.stop()


def _words(ended: ApplicationBody) -> Iterator[str]:
    decided, moved = quantity(ended["decided"], "account"), f"{ended['moved']:,}"
    yield f"Revision {ended['policy_version']} of {ended['policy_id']}, effective on {ended['effective_on']}:"
    yield f"{decided} decided anew, {moved} moved, {ended['unchanged']:,} unchanged."
    for each in ended["movements"]:
        yield f"  {_team(each['team_before'])} -> {_team(each['team'])}: {quantity(each['count'], 'account')}"
    if ended["refused"]:
        yield f"{quantity(ended['refused'], 'account')} left as is, for no rule covers the facts."
    if ended["in_handoff"]:
        yield f"{quantity(ended['in_handoff'], 'account')} left as is until a handoff ends:"
        yield from (f"  {account_id}" for account_id in ended["in_handoff_accounts"])
    if ended["status"] is ApplicationStatus.STOPPED:
        yield "A newer revision was published meanwhile, which stopped it."
    if ended["dry_run"]:
        yield "Nothing was recorded."


def _team(team: Team | None) -> str:
    return "no team" if team is None else TEAM_NAMES[team]
