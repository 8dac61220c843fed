"""``chalkline policies``: list and show the published revisions, draft a revision, publish one, apply it."""

import sys
from datetime import date
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from service.domain.drafts import RecordedDraft, linted
from service.domain.errors import DomainError
from service.domain.fields import Line, Prose, Reason
from service.entrypoints.cli.application import add_application
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.cli.revision_words import draft_words, parameter_words, publishing_words, revision_words
from service.entrypoints.cli.tried import Changes, changes_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.policies import render_policy, render_summary
from service.entrypoints.views.policy_drafts import render_draft
from service.store.errors import NotFoundError
from service.store.once import Answer, Done
from service.store.policies import current_policies, find_draft, page_of_drafts, published_drafts
from service.store.recording import Asked
from service.usecases.revise_policy import ProposedRevision, RollBack, make_draft, publish_policy, withdraw_policy

_NEWEST = 100
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_PROSE: TypeAdapter[str] = TypeAdapter(Prose)
_REASON: TypeAdapter[str] = TypeAdapter(Reason)
PolicyArgument = Annotated[str, typer.Argument(metavar="POLICY", help="The policy's name.")]
DraftArgument = Annotated[UUID, typer.Argument(help="The draft's identifier, from the list of drafts.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who does it, as the record will name them.")]


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about policy revisions to the command line."""
    _add_lists(cli, context)
    _add_acts(cli, context)
    add_application(cli, context)


def _add_lists(cli: typer.Typer, context: CliContext) -> None:
    @cli.command("list")
    def list_policies(*, as_json: AsJson = False) -> None:
        """List every published revision, in the order of publication."""
        with context.database() as database:
            policies, drafts = current_policies(database.engine), published_drafts(database.engine)
        recorded = [(policy, drafts.get((policy.id, policy.version))) for policy in policies.published]
        if as_json:
            typer.echo(to_json([render_summary(policy, draft) for policy, draft in recorded]))
        else:
            typer.echo("\n".join(line for each in recorded for line in revision_words(*each)))

    @cli.command()
    def show(
        policy: PolicyArgument = "fy23",
        version: Annotated[int | None, typer.Option(min=1, help="The revision; default the newest.")] = None,
        *,
        as_json: AsJson = False,
    ) -> None:
        """Show a revision: each parameter, what it means, the rules that use it, and their places in the handbook."""
        with context.database() as database:
            policies, drafts = current_policies(database.engine), published_drafts(database.engine)
        found = policies.newest(policy) if version is None else policies.revision(policy, version)
        if found is None:
            named = policy if version is None else f"{policy} revision {version}"
            raise typer.BadParameter(f"There is no policy {named}.")
        recorded = drafts.get((found.id, found.version))
        if as_json:
            typer.echo(to_json(render_policy(found, recorded)))
            return
        console = plain_console()
        for line in (*revision_words(found, recorded), *parameter_words(found)):
            print_wrapped(console, line, indent=4)

    @cli.command("drafts")
    def list_drafts(*, as_json: AsJson = False) -> None:
        """List the newest hundred drafts, and what became of them."""
        with context.database() as database:
            drafts = page_of_drafts(database.engine, limit=_NEWEST)
        if as_json:
            typer.echo(to_json([render_draft(each, context.today()) for each in drafts]))
        else:
            lines = [line for draft in drafts for line in draft_words(draft)]
            typer.echo("\n".join(lines) or "There is no draft yet.")


def _add_acts(cli: typer.Typer, context: CliContext) -> None:
    @cli.command()
    def draft(
        change: Changes,
        *,
        effective_from: Annotated[date, day_option("The first day that it decides for.")],
        reason: Annotated[str, typer.Option(help="Why, for whoever looks at it later.")],
        by: By,
        effective_until: Annotated[
            date | None, day_option("The first day that it does not decide for any more.")
        ] = None,
        policy: Annotated[str, typer.Option(help="The policy's name.")] = "fy23",
        as_json: AsJson = False,
    ) -> None:
        """Draft a revision: the newest one of a policy with some parameters changed. It decides nothing yet."""
        proposal = ProposedRevision(
            policy_id=policy,
            changes=changes_of(change),
            effective_from=effective_from,
            effective_until=effective_until,
            reason=_checked(_PROSE, reason, "--reason"),
            proposed_by=_checked(_LINE, by, "--by"),
        )
        _draft(context, proposal, as_json=as_json)

    @cli.command()
    def publish(
        draft_id: DraftArgument,
        *,
        by: By,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask; without a terminal nothing is asked.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Publish a draft as the next revision of its policy, for good. What is decided from now on rests on it.

        It says first what that does, and asks. Where CHALKLINE_PUBLISHING_NEEDS_SECOND_KEY is set, drafts are published
        over the API alone.
        """
        if context.publishing_needs_second_key():
            raise typer.BadParameter("Here another key has to publish a draft, over the API.")
        asked = Asked(_checked(_LINE, by, "--by"), "cli", context.new_id().hex)
        with context.database() as database, refused(DomainError, NotFoundError):
            _say_before(find_draft(database.engine, draft_id), context.today(), yes=yes)
            acted = publish_policy(
                database, draft_id, asked, context.now, key=None, told=_told, lint=linted, second_person=False
            )
        _show(acted, context.today(), as_json=as_json)

    @cli.command()
    def withdraw(
        draft_id: DraftArgument,
        *,
        reason: Annotated[str, typer.Option(help="Why, in at least 10 characters.")],
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Withdraw a draft that was not published, for good. It stays on record, with the reason."""
        asked = Asked(_checked(_LINE, by, "--by"), "cli", context.new_id().hex)
        why = _checked(_REASON, reason, "--reason")
        with context.database() as database, refused(DomainError, NotFoundError):
            acted = withdraw_policy(
                database, draft_id, why, asked, context.now(), statement_id=context.new_id(), key=None, told=_told
            )
        _show(acted, context.today(), as_json=as_json)

    @cli.command("roll-back")
    def roll_back(
        policy: PolicyArgument = "fy23",
        *,
        to: Annotated[int | None, typer.Option(min=1, help="The revision; default the one before the newest.")] = None,
        effective_from: Annotated[
            date | None, day_option("The first day that it decides for; default today, or that of the newest.")
        ] = None,
        reason: Annotated[str, typer.Option(help="Why, in at least 10 characters.")],
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Draft an earlier revision anew, to be looked at and published like any draft."""
        proposal = RollBack(
            policy_id=policy,
            to=to,
            effective_from=effective_from,
            reason=_checked(_REASON, reason, "--reason"),
            proposed_by=_checked(_LINE, by, "--by"),
            today=context.today(),
        )
        _draft(context, proposal, as_json=as_json)


def _draft(context: CliContext, proposal: ProposedRevision | RollBack, *, as_json: bool) -> None:
    draft_id, at, request_id = context.new_id(), context.now(), context.new_id().hex
    with context.database() as database, refused(DomainError):
        acted = make_draft(database, proposal, draft_id, at, request_id, key=None, told=_told, lint=linted)
    _show(acted, context.today(), as_json=as_json)


def _say_before(recorded: RecordedDraft | None, today: date, *, yes: bool) -> None:
    """Say what publishing a draft does, and ask whether it is meant, where somebody can answer."""
    if recorded is None or recorded.publication is not None or recorded.withdrawal is not None:
        return
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    for line in publishing_words(recorded.draft, today):
        print_wrapped(console, line, indent=2)
    if not yes and sys.stdin.isatty():
        typer.confirm("Publish it?", abort=True, err=True)


def _told(_: RecordedDraft) -> Answer:
    return Answer(b"")


def _checked(kind: TypeAdapter[str], text: str, option: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(f"{error.errors()[0]['msg']}.", param_hint=option) from error


def _show(acted: Done[RecordedDraft], today: date, *, as_json: bool) -> None:
    """Show the draft that was made, published or withdrawn."""
    made = acted.made
    if made is None:
        raise TypeError("Without a key nothing is remembered")
    typer.echo(to_json(render_draft(made, today)) if as_json else "\n".join(draft_words(made)))
