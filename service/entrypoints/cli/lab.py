"""``chalkline lab``: what is odd about a policy, and what a change of it would decide otherwise, or would have."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from service.bulk.destination import UnusableOutputError, alone
from service.domain.drafts import linted
from service.domain.duties.policy import DutyPolicy
from service.domain.lab.backtest import Mover
from service.domain.lab.backtest_words import backtest_words
from service.domain.lab.compare import compare
from service.domain.lab.duty_backtest import OF_OPPORTUNITIES
from service.domain.lab.lint import Finding, finding_words, new_against, verdict_words
from service.domain.policy import of_accounts
from service.entrypoints.cli.comparisons import print_comparison
from service.entrypoints.cli.context import MEDIA_TYPES, AsJson, CliContext, day_option, record_export, refused
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.cli.tried import Changes, DayOption, DraftOption, policy_on, tried
from service.entrypoints.cli.watching import counted
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.backtests import MOVERS, render_backtest
from service.entrypoints.views.comparisons import render_comparison
from service.entrypoints.views.duty_backtests import render_duty_backtest
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import find_decision
from service.store.history import Extent
from service.store.policies import load_revisions, on_record
from service.usecases.find_duties import backtest_duties

_SUFFIXES = (".csv", ".ndjson")


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands of the lab to the command line."""

    @cli.command("lint")
    def lint_policy(draft: DraftOption = None, *, as_json: AsJson = False) -> None:
        """Say what is odd about the policy in force or a draft: rules out of reach, gaps, strictness, what nobody uses.

        Of a draft it says what is new against the revision that it changes. Ends with a verdict, and with 1 when
        something is at fault; notes are no faults.
        """
        day = context.today()
        before, policy = (None, policy_on(context, day)) if draft is None else tried(context, day, [], draft)
        found = linted(policy)
        new = None if before is None else new_against(found, linted(before))
        if as_json:
            typer.echo(to_json([asdict(each) | {"new": None if new is None else each in new} for each in found]))
        else:
            typer.echo("\n".join([*_lint_words(found, new), verdict_words(found, new)]))
        if any(finding.severity == "fault" for finding in found):
            raise typer.Exit(1)

    @cli.command("compare")
    def compare_policies(
        change: Changes, draft: DraftOption = None, on: DayOption = None, *, as_json: AsJson = False
    ) -> None:
        """Say which accounts a draft would decide otherwise, or the policy in force, were parameters of it others.

        No account is needed: the thresholds of both are enumerated, and each region has a witness.
        """
        day = on or context.today()
        before, after = tried(context, day, change, draft)
        found = compare(before, after, day)
        if as_json:
            typer.echo(to_json(render_comparison(found, before, after)))
        else:
            print_comparison(plain_console(), found)

    @cli.command("what-if")
    def what_if(
        decision_id: Annotated[UUID, typer.Argument(help="The identifier of a recorded classification.")],
        *,
        as_json: AsJson = False,
    ) -> None:
        """Say what would alter a recorded decision, what would settle it, and how near its clauses are to failing."""
        with context.database() as database:
            recorded = find_decision(database.engine, decision_id)
        if recorded is None:
            raise typer.BadParameter(f"There is no decision {decision_id}.")
        if recorded.decision.facts.trigger is not None:
            raise typer.BadParameter(f"Decision {decision_id} is about a {recorded.kind}, not a classification.")
        found = render_what_if(decision_id, recorded.decision, on_record(recorded.decision.policy))
        typer.echo(to_json(found) if as_json else "\n".join(_what_if_words(found)))

    _add_backtest(cli, context)


def _add_backtest(cli: typer.Typer, context: CliContext) -> None:
    @cli.command("backtest")
    def backtest_policy(  # noqa: PLR0913 - its options
        change: Changes,
        draft: DraftOption = None,
        *,
        history: Annotated[
            bool,
            typer.Option(
                "--history/--on-standings", help="All that was recorded, or the newest decision of each account."
            ),
        ] = False,
        since: Annotated[date | None, day_option("With --history: recorded on this day or later.")] = None,
        until: Annotated[date | None, day_option("With --history: recorded before this day.")] = None,
        movers: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Write every decision that would move: a .csv or an .ndjson file."),
        ] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Say who would move under a draft, or other parameters of the policy in force, by what was recorded.

        Each is taken again from its recorded facts, for its own day. Nothing is recorded, but that --movers were taken.
        """
        # What decides tables is loaded for this command alone: it takes as long as all the rest.
        from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

        if not history and (since or until):
            raise typer.BadParameter("Standings are as of now; give --history too.", param_hint="--since / --until")
        if movers is not None and movers.suffix.lower() not in _SUFFIXES:
            raise typer.BadParameter(f"{movers} is neither a .csv nor an .ndjson file.", param_hint="--movers")
        before, after = tried(context, context.today(), change, draft)
        if isinstance(before, DutyPolicy) and isinstance(after, DutyPolicy):
            if history or movers is not None:
                raise typer.BadParameter(f"{OF_OPPORTUNITIES}.", param_hint="--history / --movers")
            _backtest_duties(context, before, after, as_json=as_json)
            return
        zone = context.zone()
        extent = Extent(standings=not history, since=_midnight(since, zone), until=_midnight(until, zone))
        with _movers_into(movers) as moved, context.database() as database, counted("decisions") as examined:
            if movers is not None:
                wanted = {
                    "set": change,
                    "draft": draft,
                    "history": history or None,
                    "since": since,
                    "until": until,
                    "movers": movers,
                }
                record_export(context, database, by, MOVERS.name, MEDIA_TYPES[movers.suffix.lower()], **wanted)
            found = backtest(database, of_accounts(after), load_revisions(database.engine), extent, examined, moved)
        if as_json:
            typer.echo(to_json(render_backtest(found, of_accounts(before), of_accounts(after))))
            return
        console = plain_console()
        for line in backtest_words(found):
            print_wrapped(console, line, indent=4)


def _backtest_duties(context: CliContext, before: DutyPolicy, after: DutyPolicy, *, as_json: bool) -> None:
    with context.database() as database:
        found = backtest_duties(database, before, after)
    if as_json:
        typer.echo(to_json(render_duty_backtest(found, before, after)))
        return
    console = plain_console()
    for line in found.words:
        print_wrapped(console, line, indent=4)


def _lint_words(found: Sequence[Finding], new: Sequence[Finding] | None) -> Iterator[str]:
    yield from (finding_words(each) for each in found if each not in (new or ()))
    if new:
        yield "New against the revision that it changes:"
        yield from map(finding_words, new)


@contextmanager
def _movers_into(file: Path | None) -> Iterator[Callable[[Iterable[Mover]], None] | None]:
    """What writes movers into a file, which is there once all has ended well; None where none is asked for."""
    if file is None:
        yield None
        return
    with refused(UnusableOutputError, option="--movers"), alone(file) as place, place.open("wb") as out:
        yield MOVERS.written(out.write, as_csv=file.suffix.lower() == ".csv")


def _what_if_words(found: WhatIfBody) -> Iterator[str]:
    for heading, lines in (
        ("By facts that can be found out", [each["text"] for each in found["found_out"]]),
        ("By facts that are given", [each["text"] for each in found["given"]]),
        ("What would settle it", found["settling"]),
        ("How near it is", [each["text"] for each in found["boundaries"]]),
    ):
        if lines:
            yield heading
            yield from (f"  {line}" for line in lines)


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:  # nothing was recorded at the ends of the calendar
        return datetime.combine(day, time(), UTC)
