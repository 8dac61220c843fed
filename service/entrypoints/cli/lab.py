"""``chalkline lab``: what is odd about a policy, and what a change of it would decide otherwise."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from service.domain.drafts import rebuilt
from service.domain.lab.compare import compare
from service.domain.lab.compare_words import comparison_words
from service.domain.lab.lint import finding_words, lint
from service.entrypoints.cli.backtest import backtest_command
from service.entrypoints.cli.tools import Tools
from service.entrypoints.cli.tried import AsJson, Changes, DayOption, DraftOption, policy_on, tried
from service.entrypoints.views.comparisons import render_comparison
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import find_decision


def lab_commands(tools: Tools) -> typer.Typer:
    """The commands of the lab."""
    commands = typer.Typer(help="Look at a policy, and at what a change of it would do.", no_args_is_help=True)

    @commands.command("lint")
    def lint_policy(draft: DraftOption = None, *, as_json: AsJson = False) -> None:
        """Say what is odd about the policy in force or a draft: rules out of reach, gaps, strictness, what nobody uses.

        Ends with 1 when something is at fault; notes are no faults.
        """
        policy = policy_on(tools, tools.today()) if draft is None else tried(tools, tools.today(), [], draft).after
        found = lint(policy, lambda parameters: rebuilt(policy, parameters))
        if as_json:
            typer.echo(to_json([asdict(finding) for finding in found]))
        else:
            typer.echo("\n".join(map(finding_words, found)) or "Nothing is odd about it.")
        if any(finding.severity == "fault" for finding in found):
            raise typer.Exit(1)

    @commands.command("compare")
    def compare_policies(
        change: Changes, draft: DraftOption = None, on: DayOption = None, *, as_json: AsJson = False
    ) -> None:
        """Say which accounts a draft would decide otherwise, or the policy in force, were parameters of it others.

        No account is needed: the thresholds of both are enumerated, and each region has a witness.
        """
        day = on or tools.today()
        policies = tried(tools, day, change, draft)
        found = compare(policies.before, policies.after, day)
        if as_json:
            typer.echo(to_json(render_comparison(found, policies.before, policies.after)))
        else:
            typer.echo("\n".join(comparison_words(found)))

    @commands.command("what-if")
    def what_if(
        decision_id: Annotated[UUID, typer.Argument(help="The identifier of a recorded classification.")],
        *,
        as_json: AsJson = False,
    ) -> None:
        """Say what would alter a recorded decision, what would settle it, and how near its clauses are to failing."""
        with tools.database() as database:
            recorded = find_decision(database.engine, decision_id)
        if recorded is None:
            raise typer.BadParameter(f"There is no decision {decision_id}.")
        if recorded.decision.facts.occasion is not None:
            raise typer.BadParameter(f"Decision {decision_id} is about a {recorded.kind}, not a classification.")
        found = render_what_if(decision_id, recorded.decision)
        typer.echo(to_json(found) if as_json else "\n".join(_what_if_words(found)))

    commands.command("backtest")(backtest_command(tools))
    return commands


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
