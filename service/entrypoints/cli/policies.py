"""``chalkline policies``: list the published revisions and the drafts, draft a revision, publish one, apply it."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from service.domain.drafts import RecordedDraft, linted
from service.domain.errors import DomainError
from service.domain.fields import Line, Prose
from service.domain.policy import Policy
from service.domain.wording import value_words
from service.entrypoints.cli.application import add_application
from service.entrypoints.cli.context import AsJson, CliContext, day_option, refused
from service.entrypoints.cli.tried import Changes, changes_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.policies import drafted_changes, render_draft, render_summary
from service.store.errors import NotFoundError
from service.store.once import Answer, Done
from service.store.policies import current_policies, page_of_drafts, published_drafts
from service.store.recording import Asked
from service.usecases.revise_policy import ProposedRevision, make_draft, publish_policy

_NEWEST = 100
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_PROSE: TypeAdapter[str] = TypeAdapter(Prose)
By = Annotated[str, typer.Option(metavar="NAME", help="Who does it, as the record will name them.")]


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about policy revisions to the command line."""

    @cli.command("list")
    def list_policies(*, as_json: AsJson = False) -> None:
        """List every published revision, in the order of publication."""
        with context.database() as database:
            policies, drafts = current_policies(database.engine), published_drafts(database.engine)
        recorded = [(policy, drafts.get((policy.id, policy.version))) for policy in policies.published]
        if as_json:
            typer.echo(to_json([render_summary(policy, draft) for policy, draft in recorded]))
        else:
            typer.echo("\n".join(line for each in recorded for line in _revision_words(*each)))

    @cli.command("drafts")
    def list_drafts(*, as_json: AsJson = False) -> None:
        """List the newest hundred drafts, and what became of them."""
        with context.database() as database:
            drafts = page_of_drafts(database.engine, limit=_NEWEST)
        if as_json:
            typer.echo(to_json(list(map(render_draft, drafts))))
        else:
            lines = [line for draft in drafts for line in _draft_words(draft)]
            typer.echo("\n".join(lines) or "There is no draft yet.")

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
        with context.database() as database, refused(DomainError):
            acted = make_draft(
                database,
                proposal,
                context.new_id(),
                context.now(),
                context.new_id().hex,
                key=None,
                told=_told,
                lint=linted,
            )
        _show(acted, as_json=as_json)

    @cli.command()
    def publish(
        draft_id: Annotated[UUID, typer.Argument(help="The draft's identifier, from the list of drafts.")],
        *,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Publish a draft as the next revision of its policy, for good. What is decided from now on rests on it.

        Where CHALKLINE_PUBLISHING_NEEDS_SECOND_KEY is set, drafts are published over the API alone.
        """
        if context.publishing_needs_second_key():
            raise typer.BadParameter("Here another key has to publish a draft, over the API.")
        asked = Asked(_checked(_LINE, by, "--by"), "cli", context.new_id().hex)
        with context.database() as database, refused(DomainError, NotFoundError):
            acted = publish_policy(
                database, draft_id, asked, context.now, key=None, told=_told, lint=linted, second_person=False
            )
        _show(acted, as_json=as_json)

    add_application(cli, context)


def _told(_: RecordedDraft) -> Answer:
    return Answer(b"")


def _checked(kind: TypeAdapter[str], text: str, option: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(f"{error.errors()[0]['msg']}.", param_hint=option) from error


def _show(acted: Done[RecordedDraft], *, as_json: bool) -> None:
    """Show the draft that was made or published."""
    made = acted.made
    if made is None:
        raise TypeError("Without a key nothing is remembered")
    typer.echo(to_json(render_draft(made)) if as_json else "\n".join(_draft_words(made)))


def _revision_words(policy: Policy, recorded: RecordedDraft | None) -> Iterator[str]:
    period = f"from {policy.effective_from}"
    if policy.effective_until is not None:
        period += f" until {policy.effective_until}"
    yield f"{policy.id} revision {policy.version}, {period}: {policy.title}"
    if recorded is not None and recorded.publication is not None:
        draft, publication = recorded.draft, recorded.publication
        at = publication.published_at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"  drafted by {draft.drafted_by}, published by {publication.published_by} at {at}"
        yield from _changes_words(recorded)


def _draft_words(recorded: RecordedDraft) -> Iterator[str]:
    draft, publication = recorded.draft, recorded.publication
    became = "not published" if publication is None else f"published as revision {publication.version}"
    yield f"{draft.id}  of {draft.based_on.id} revision {draft.based_on.version}, {became}"
    yield f"  from {draft.effective_from}, drafted by {draft.drafted_by}"
    yield from _changes_words(recorded)


def _changes_words(recorded: RecordedDraft) -> Iterator[str]:
    draft = recorded.draft
    for name, change in drafted_changes(draft).items():
        yield f"  {name}: {value_words(change['before'])} becomes {value_words(change['after'])}"
    yield f"  {draft.reason}"
