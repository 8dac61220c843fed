"""``chalkline lab``: what is odd about the policy, and what a change of its parameters would decide otherwise."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from service.domain.drafts import rebuilt, revision
from service.domain.errors import NoPolicyInForceError
from service.domain.lab.compare import compare
from service.domain.lab.compare_words import comparison_words
from service.domain.lab.lint import finding_words, lint
from service.domain.parameter_changes import UnusableChangeError, changed, changes_from_text
from service.domain.policy import Policy
from service.entrypoints.cli.backtest import backtest_command
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.tools import Tools
from service.entrypoints.common.comparisons import comparison_body
from service.entrypoints.common.encoding import to_json

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def lab_commands(tools: Tools) -> typer.Typer:
    """The commands of the lab."""
    commands = typer.Typer(help="Look at a policy, and at what a change of it would do.", no_args_is_help=True)

    @commands.command("lint")
    def lint_policy(*, as_json: AsJson = False) -> None:
        """Say what is odd about the policy in force: rules out of reach, gaps, strictness, what nothing uses.

        Ends with 1 when something is at fault; notes are no faults.
        """
        policy = tools.policies().on(tools.today())
        found = lint(policy, lambda parameters: rebuilt(policy, parameters))
        if as_json:
            typer.echo(to_json([asdict(finding) for finding in found]))
        else:
            typer.echo("\n".join(map(finding_words, found)) or "Nothing is odd about it.")
        if any(finding.severity == "fault" for finding in found):
            raise typer.Exit(1)

    @commands.command("compare")
    def compare_policies(
        change: Annotated[
            list[str],
            typer.Option(
                "--set", metavar="PARAMETER=VALUE", help="A parameter that is other; may be given several times."
            ),
        ],
        on: Annotated[
            date | None, typer.Option(parser=day_option, metavar="DATE", help="The day; default today, UTC.")
        ] = None,
        *,
        as_json: AsJson = False,
    ) -> None:
        """Say which accounts the policy in force would decide otherwise, were parameters of it others.

        No account is needed: the thresholds of both are enumerated, and each region has a witness.
        """
        day = on or tools.today()
        try:
            policy = tools.policies().on(day)
        except NoPolicyInForceError as error:
            raise typer.BadParameter(f"{error}.", param_hint="--on") from error
        other = changed_by(policy, change)
        found = compare(policy, other, day)
        typer.echo(to_json(comparison_body(found, policy, other)) if as_json else "\n".join(comparison_words(found)))

    commands.command("backtest")(backtest_command(tools, changed_by))
    return commands


def changed_by(policy: Policy, changes: list[str]) -> Policy:
    """A policy with parameters changed, each stated as PARAMETER=VALUE.

    Raises:
        BadParameter: one cannot be meant.
    """
    stated = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"{change} is not PARAMETER=VALUE.", param_hint="--set")
        stated[name] = value
    try:
        parameters = changed(policy.parameters, changes_from_text(stated))
    except UnusableChangeError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--set") from error
    return revision(policy.id, policy.version + 1, parameters, policy.effective_from, policy.effective_until)
