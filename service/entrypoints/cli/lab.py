"""``chalkline lab``: what is odd about a policy, and what a change of it would decide otherwise."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from service.domain.drafts import rebuilt
from service.domain.lab.compare import compare
from service.domain.lab.compare_words import comparison_words
from service.domain.lab.lint import finding_words, lint
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.tools import Tools
from service.entrypoints.cli.tried import policy_on, tried
from service.entrypoints.common.comparisons import comparison_body
from service.entrypoints.common.encoding import to_json

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Changes = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PARAMETER=VALUE",
        default_factory=list,
        show_default=False,
        help="A parameter that is other; may be given several times.",
    ),
]
DraftOption = Annotated[UUID | None, typer.Option("--draft", metavar="ID", help="A draft, in place of --set.")]
DayOption = Annotated[
    date | None, typer.Option("--on", parser=day_option, metavar="DATE", help="The day; default today, UTC.")
]


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
            typer.echo(to_json(comparison_body(found, policies.before, policies.after)))
        else:
            typer.echo("\n".join(comparison_words(found)))

    return commands
