"""A quarter changeover as every entry point answers it (MOVE-3)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from service.store.changeovers import ChangeoverStatus, RecordedChangeover


class AcceptedBody(TypedDict):
    """A changeover that is being carried out."""

    on: Annotated[date, Field(description="The day of the changeover.")]
    status: Annotated[Literal["running"], Field(description="It is under way.")]


class ChangeoverBody(TypedDict):
    """A quarter changeover (MOVE-3), and how far it is."""

    on: Annotated[date, Field(description="The day of the changeover.")]
    status: Annotated[ChangeoverStatus, Field(description="How far it is.")]
    requested_by: Annotated[str, Field(description="Who asked for it last: the name of the API key.")]
    requested_at: Annotated[datetime, Field(description="When it was last asked for.")]
    examined: Annotated[int, Field(description="The Territory accounts looked at since it was last asked for.")]
    moved: Annotated[int, Field(description="The accounts that this changeover moved, whenever it ran.")]
    unsettled: Annotated[int, Field(description="Those that it would concern, were their last activity known.")]
    finished_at: Annotated[datetime | None, Field(description="When it was done; null until then.")]


class ChangeoverPage(TypedDict):
    """The changeovers, newest day first."""

    items: Annotated[Sequence[ChangeoverBody], Field(description="The changeovers.")]


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
