"""The application of a policy as every entry point answers it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.terms import Team
from service.store.applications import Application, ApplicationStatus


class TeamChangeBody(TypedDict):
    """How many accounts go from one team to another; null is none."""

    team_before: Annotated[Team | None, Field(description="The team before.")]
    team: Annotated[Team | None, Field(description="The team now.")]
    count: Annotated[int, Field(description="How many accounts.")]


class ApplicationBody(TypedDict):
    """A policy revision applied to the accounts under older ones, and how far that is."""

    id: Annotated[UUID, Field(description="The application's identifier.")]
    status: Annotated[ApplicationStatus, Field(description="A newer publication stops it.")]
    dry_run: Annotated[bool, Field(description="Whether nothing is recorded.")]
    policy_id: Annotated[str, Field(description="The policy's name.")]
    policy_version: Annotated[int, Field(description="The revision that is applied.")]
    effective_on: Annotated[date, Field(description="The day of application.")]
    requested_by: Annotated[str, Field(description="Who asked for it.")]
    requested_at: Annotated[datetime, Field(description="When it was asked for.")]
    decided: Annotated[int, Field(description="The accounts decided anew so far.")]
    unchanged: Annotated[int, Field(description="Those of them of which the revision says the same.")]
    moved: Annotated[int, Field(description="Those of them that another team owns now.")]
    movements: Annotated[Sequence[TeamChangeBody], Field(description="From which team to which; the most first.")]
    refused: Annotated[int, Field(description="The accounts that no rule covers; they stay as they are.")]
    in_handoff: Annotated[int, Field(description="The accounts that keep their revision until a handoff ends.")]
    in_handoff_accounts: Annotated[Sequence[str], Field(description="The first thousand of these.")]
    finished_at: Annotated[datetime | None, Field(description="When it ended; null until then.")]


def render_application(found: Application) -> ApplicationBody:
    """An application."""
    progress = found.progress
    movements = sorted(progress.moves, key=lambda each: (-each.count, each.team_before or "", each.team or ""))
    return {
        "id": found.id,
        "status": found.status,
        "dry_run": found.dry_run,
        "policy_id": found.policy_id,
        "policy_version": found.policy_version,
        "effective_on": found.effective_on,
        "requested_by": found.requested_by,
        "requested_at": found.requested_at,
        "decided": progress.decided,
        "unchanged": progress.unchanged,
        "moved": sum(each.count for each in movements),
        "movements": [{"team_before": each.team_before, "team": each.team, "count": each.count} for each in movements],
        "refused": progress.refused,
        "in_handoff": progress.in_handoff,
        "in_handoff_accounts": progress.handed_over,
        "finished_at": found.finished_at,
    }
