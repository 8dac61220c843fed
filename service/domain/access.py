"""What somebody may do by the groups of their company that they are in."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from service.domain.keys import Scope
from service.domain.terms import Team


class Access(BaseModel):
    """Scopes, and the sales team that is acted for (HAND-6), if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scopes: frozenset[Scope]
    team: Team | None = None


def access_of(groups: Iterable[str], by_group: Mapping[str, Access]) -> Access:
    """Every scope that one of the groups gives; the team where all that name one name the same."""
    given = [by_group[group] for group in set(groups) if group in by_group]
    teams = {each.team for each in given if each.team is not None}
    scopes = frozenset[Scope]().union(*(each.scopes for each in given))
    return Access(scopes=scopes, team=teams.pop() if len(teams) == 1 else None)
