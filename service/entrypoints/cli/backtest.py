"""``chalkline lab backtest``: what other parameters would have made of the decisions that were recorded."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer
from rich.console import Console

from service.domain.lab.backtest_words import backtest_words
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.tools import Tools
from service.entrypoints.cli.tried import AsJson, Changes, DraftOption, tried
from service.entrypoints.cli.watching import counted
from service.entrypoints.cli.wrapping import print_wrapped
from service.entrypoints.views.backtests import render_backtest
from service.entrypoints.views.encoding import to_json
from service.store.history import Extent
from service.store.policy_cache import current_policies


def backtest_command(tools: Tools) -> Callable[..., None]:
    """The command, over the tools it works with."""

    def backtest_policy(
        change: Changes,
        draft: DraftOption = None,
        *,
        history: Annotated[
            bool,
            typer.Option(
                "--history/--on-standings", help="All that was recorded, or the newest decision of each account."
            ),
        ] = False,
        since: Annotated[
            date | None,
            typer.Option(
                parser=day_option, metavar="DATE", help="With --history: recorded on this day, UTC, or later."
            ),
        ] = None,
        until: Annotated[
            date | None,
            typer.Option(parser=day_option, metavar="DATE", help="With --history: recorded before this day, UTC."),
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say who would move under a draft, or other parameters of the policy in force, by what was recorded.

        Each is taken again from its recorded facts, for its own day. Nothing is recorded.
        """
        # What decides tables is loaded for this command alone: it takes as long as all the rest.
        from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

        if not history and (since or until):
            raise typer.BadParameter("Standings are as of now; give --history too.", param_hint="--since / --until")
        policies = tried(tools, tools.today(), change, draft)
        extent = Extent(standings=not history, since=_midnight(since), until=_midnight(until))
        with tools.database() as database, counted("decisions") as examined:
            found = backtest(database, policies.after, current_policies(database.engine).revision, extent, examined)
        if as_json:
            typer.echo(to_json(render_backtest(found, policies.before, policies.after)))
            return
        console = Console(markup=False, emoji=False, highlight=False)
        for line in backtest_words(found):
            print_wrapped(console, line, indent=4)

    return backtest_policy


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
