"""``chalkline lab``: what is odd about the policy, and what a change of its parameters would decide otherwise."""

from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any, get_type_hints

import typer
from pydantic import TypeAdapter, ValidationError

from service.domain.errors import NoPolicyInForceError
from service.domain.fy23 import fy23
from service.domain.lab.compare import Comparison, Region, compare
from service.domain.lab.compare_words import bounds_words, comparison_words, region_words
from service.domain.lab.lint import finding_words, lint
from service.domain.policies import policy_on
from service.domain.policy import Parameters
from service.entrypoints.cli.days import day_option
from service.entrypoints.cli.tools import Tools
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
        found = lint(policy_on(tools.today()), rebuilt=fy23)
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
            policy = policy_on(day)
        except NoPolicyInForceError as error:
            raise typer.BadParameter(f"{error}.", param_hint="--on") from error
        changed = fy23(_changed(policy.parameters, change), version=policy.version + 1)
        found = compare(policy, changed, day)
        typer.echo(to_json(_body(found)) if as_json else "\n".join(comparison_words(found)))

    return commands


def _changed(parameters: Parameters, changes: list[str]) -> Parameters:
    known = get_type_hints(Parameters)
    stated: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if name not in known or not equals:
            raise typer.BadParameter(f"{change} is not PARAMETER=VALUE; the parameters are {', '.join(known)}.")
        kind = known[name]
        try:
            parts = value.split(",") if "tuple" in str(kind) else value
            stated[name] = TypeAdapter(kind).validate_python(parts)
        except ValidationError as error:
            raise typer.BadParameter(f"{name}: {error.errors()[0]['msg']}.") from error
    return replace(parameters, **stated)


def _body(found: Comparison) -> dict[str, Any]:
    return {
        "parameters": {name: {"before": before, "after": after} for name, (before, after) in found.parameters.items()},
        "reassigned": [_region(region) for region in found.reassigned],
        "regions": [_region(region) for region in found.regions],
        "words": comparison_words(found, every=True),
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "bounds": bounds_words(region.bounds),
        "words": region_words(region),
        "differences": [
            {"before": asdict(difference.before), "after": asdict(difference.after)}
            for difference in region.differences
        ],
    }
