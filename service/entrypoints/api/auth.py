"""Who calls: the API key of a request, and whether it has the scope."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security.base import SecurityBase

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.services import services_of


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. ``name`` is the actor of what it records, ``team`` whom it acts for in handoffs."""

    name: str
    request_id: str
    scopes: frozenset[Scope]
    team: Team | None


class _Requires(SecurityBase):
    """A dependency that lets only keys with a scope pass."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.model = BearerModel(description="An API key: `Authorization: Bearer <key>`. See `chalkline keys --help`.")
        self.scheme_name = "ApiKey"

    async def __call__(self, request: Request) -> Caller:
        """The caller.

        Raises:
            ProblemError: there is no key, it does not work, or it lacks the scope.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and key:
            found = await services_of(request).authenticator.authenticate(key.strip())
        if found is None:
            raise ProblemError(
                "unauthenticated",
                "Send Authorization: Bearer with an API key that is neither expired nor revoked",
                headers={"WWW-Authenticate": 'Bearer realm="chalkline"'},
            )
        request.state.actor = found.name
        if self.scope not in found.scopes:
            raise ProblemError("forbidden", f"This needs an API key with the scope {self.scope}")
        return Caller(found.name, request.state.request_id, found.scopes, found.team)


Classifier = Annotated[Caller, Depends(_Requires(Scope.CLASSIFY))]
Reader = Annotated[Caller, Depends(_Requires(Scope.READ))]
Reviewer = Annotated[Caller, Depends(_Requires(Scope.REVIEW))]
HandoffTaker = Annotated[Caller, Depends(_Requires(Scope.HANDOFF))]
ConductKeeper = Annotated[Caller, Depends(_Requires(Scope.CONDUCT))]
Administrator = Annotated[Caller, Depends(_Requires(Scope.ADMIN))]
