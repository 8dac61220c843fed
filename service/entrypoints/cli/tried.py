"""The policy that a command of the lab tries: a draft, or the policy in force with parameters changed."""

from datetime import date
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel

from service.domain.drafts import rebuilt, rebuilt_duties
from service.domain.duties.fy23_duties import FY23_DUTIES
from service.domain.errors import NoPolicyInForceError, NothingToApplyError
from service.domain.parameters import UnusableChangeError, changed, changes_from_text
from service.domain.policy import AnyPolicy, Policy, of_accounts
from service.entrypoints.cli.context import CliContext, day_option, refused
from service.store.policies import find_draft, on_record

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
DayOption = Annotated[date | None, day_option("The day; default today.", "--on")]


def policy_on(context: CliContext, day: date) -> Policy:
    """The policy in force on a day.

    Raises:
        BadParameter: none was.
    """
    with refused(NoPolicyInForceError, option="--on"):
        return context.policies().on(day)


def tried(context: CliContext, day: date, changes: list[str], draft_id: UUID | None) -> tuple[AnyPolicy, AnyPolicy]:
    """The policy as it is and as it is tried: by a draft of it, or by changes of the one in force on a day.

    Raises:
        BadParameter: neither or both are stated, or cannot be meant.
    """
    if (draft_id is None) == (not changes):
        raise typer.BadParameter("Give either --set, as often as needed, or --draft.", param_hint="--set")
    if draft_id is not None:
        with context.database() as database:
            found = find_draft(database.engine, draft_id)
        if found is None:
            raise typer.BadParameter(f"There is no draft {draft_id}.", param_hint="--draft")
        return on_record(found.draft.based_on), found.draft.policy
    stated = changes_of(changes)
    if stated.model_fields_set <= FY23_DUTIES.as_dict().keys():
        with refused(NoPolicyInForceError, option="--on"):
            duties = context.policies().duties_on(day)
        return duties, rebuilt_duties(duties, changed(duties.parameters, stated), version=duties.version + 1)
    before = policy_on(context, day)
    with refused(UnusableChangeError, option="--set"):
        parameters = changed(before.parameters, stated)
    return before, rebuilt(before, parameters, version=before.version + 1)


def tried_on_accounts(
    context: CliContext, day: date, changes: list[str], draft_id: UUID | None
) -> tuple[Policy, Policy]:
    """The same of the rules about accounts.

    Raises:
        BadParameter: see ``tried``; or it is of the duties of opportunities.
    """
    before, after = tried(context, day, changes, draft_id)
    with refused(NothingToApplyError, option="--set" if draft_id is None else "--draft"):
        return of_accounts(before), of_accounts(after)


def changes_of(changes: list[str]) -> BaseModel:
    """Changes of parameters, each stated as PARAMETER=VALUE.

    Raises:
        BadParameter: one cannot be meant.
    """
    stated: dict[str, str] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"{change} is not PARAMETER=VALUE.", param_hint="--set")
        if name in stated:
            raise typer.BadParameter(f"{name} is set twice; part several regions by commas.", param_hint="--set")
        stated[name] = value
    with refused(UnusableChangeError, option="--set"):
        return changes_from_text(stated)
