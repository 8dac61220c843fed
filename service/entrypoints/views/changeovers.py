"""A quarter changeover as every entry point answers it (MOVE-3)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Decision
from service.entrypoints.views.decisions import DecisionPage
from service.store.changeovers import ChangeoverStatus, RecordedChangeover


class AcceptedBody(TypedDict):
    """A changeover that is being carried out."""

    on: Annotated[date, Field(description="The day of the changeover.")]
    status: Annotated[Literal["running"], Field(description="It is under way.")]


class ChangeoverBody(TypedDict):
    """A quarter changeover (MOVE-3), and how far it is."""

    on: Annotated[date, Field(description="The day of the changeover.")]
    status: Annotated[ChangeoverStatus, Field(description="How far it is.")]
    requested_by: Annotated[str, Field(description="Who asked for it last: the API key's name, or the command.")]
    requested_at: Annotated[datetime, Field(description="When it was last asked for.")]
    examined: Annotated[int, Field(description="The Territory accounts looked at since it was last asked for.")]
    moved: Annotated[int, Field(description="The accounts that this changeover moved, whenever it ran.")]
    unsettled: Annotated[int, Field(description="Those that it would concern, were their last activity known.")]
    finished_at: Annotated[datetime | None, Field(description="When it was done; null until then.")]


class ChangeoverPage(TypedDict):
    """The changeovers, newest day first."""

    items: Annotated[Sequence[ChangeoverBody], Field(description="The changeovers.")]


class OpenAccountBody(TypedDict):
    """An account that a changeover leaves open for want of its last activity."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    name: Annotated[str | None, Field(description="The account's name, where known.")]


class TriedChangeoverPage(DecisionPage):
    """A page of a changeover that is tried: who would move, and who would stay open."""

    unsettled: Annotated[
        Sequence[OpenAccountBody],
        Field(description="Those between them that it would concern, were their last activity known."),
    ]


def render_open_account(decision: Decision) -> OpenAccountBody:
    """An account that is left open."""
    account = decision.facts.account
    return {"account_id": account.id, "name": account.name}


def render_changeover(changeover: RecordedChangeover) -> ChangeoverBody:
    """A changeover."""
    return {
        "on": changeover.on,
        "status": changeover.status,
        "requested_by": changeover.requested_by,
        "requested_at": changeover.requested_at,
        "examined": changeover.examined,
        "moved": changeover.moved,
        "unsettled": changeover.unsettled,
        "finished_at": changeover.finished_at,
    }
