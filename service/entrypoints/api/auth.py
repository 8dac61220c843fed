"""Who calls: the API key of a request, and whether it has the scope."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security.base import SecurityBase

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.common.rates import too_many_requests
from service.store.keys import ApiKey
from service.store.recording import Asked

KEY_IN_THE_PATH = "key_in_the_path"
"""Where the boundary of a request keeps the key that it took out of the path."""
RATE = "rate"
"""Where it finds what its answer says of the key's rate, if that is bounded."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. ``name`` is the actor of what it records, ``team`` whom it acts for in handoffs."""

    name: str
    request_id: str
    scopes: frozenset[Scope]
    team: Team | None

    @property
    def asked(self) -> Asked:
        """Who asks, over the API."""
        return Asked(self.name, "api", self.request_id)


class _Lets:
    """A dependency that lets only keys pass that have one of some scopes."""

    wanted = "Send Authorization: Bearer with an API key that is neither expired nor revoked"

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = frozenset(scopes)

    async def __call__(self, request: Request) -> Caller:
        """The caller.

        Raises:
            ProblemError: there is no key, it does not work, it asks too often, or it lacks the scope.
        """
        found = await self._found(request)
        if found is None:
            raise ProblemError("unauthenticated", self.wanted)
        request.state.actor = found.name
        rates = context_of(request).rates
        if rates is not None:
            said, wait = rates.take(found.name)
            request.scope["state"][RATE] = said
            if wait:
                raise too_many_requests(wait)
        if not self.scopes & found.scopes:
            raise ProblemError("forbidden", f"This needs an API key with the scope {' or '.join(sorted(self.scopes))}")
        return Caller(found.name, request.state.request_id, found.scopes, found.team)

    async def _found(self, request: Request) -> ApiKey | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None
        return await context_of(request).authenticator.authenticate(key.strip())


class _Requires(_Lets, SecurityBase):
    """The same, of which the document says how a key is sent."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__(*scopes)
        self.model = BearerModel(description="An API key: `Authorization: Bearer <key>`. See `chalkline keys --help`.")
        self.scheme_name = "ApiKey"


class _OfTheTree(_Requires):
    """The same of what anybody may read without a key, once the settings open the ledger."""

    async def __call__(self, request: Request) -> Caller:
        """The caller; of an open ledger that is anybody, whatever is sent.

        Raises:
            ProblemError: as above.
        """
        if context_of(request).ledger_open:
            return Caller("anybody", request.state.request_id, frozenset(), None)
        return await super().__call__(request)


class _InThePath(_Lets):
    """The same for a program that sends no headers: its key is a segment of the path, and one in a header is none."""

    def __init__(self, scope: Scope, where: str) -> None:
        super().__init__(scope)
        self.wanted = (
            f"Put an API key that is neither expired nor revoked, and has the scope {scope} and no other, into the "
            f"path, {where}"
        )

    async def _found(self, request: Request) -> ApiKey | None:
        token = request.scope["state"].get(KEY_IN_THE_PATH, "")
        found = await context_of(request).authenticator.authenticate(token)
        return found if found is not None and found.scopes == self.scopes else None


class _OfAWebhook(_Requires):
    """The same for a webhook, whose key may come as the last segment of the path: one for webhooks alone."""

    wanted = (
        "Send Authorization: Bearer with an API key that is neither expired nor revoked, or, as the last segment of "
        "the path, one that has the scope webhook and no other"
    )

    async def _found(self, request: Request) -> ApiKey | None:
        token = request.scope["state"].get(KEY_IN_THE_PATH)
        if token is None:
            return await super()._found(request)
        found = await context_of(request).authenticator.authenticate(token)
        return found if found is not None and found.scopes == {Scope.WEBHOOK} else None


Classifier = Annotated[Caller, Depends(_Requires(Scope.CLASSIFY))]
Reader = Annotated[Caller, Depends(_Requires(Scope.READ))]
Reviewer = Annotated[Caller, Depends(_Requires(Scope.REVIEW))]
HandoffTaker = Annotated[Caller, Depends(_Requires(Scope.HANDOFF))]
ConductKeeper = Annotated[Caller, Depends(_Requires(Scope.CONDUCT))]
Administrator = Annotated[Caller, Depends(_Requires(Scope.ADMIN))]
Disputer = Annotated[Caller, Depends(_Requires(Scope.DISPUTE))]
CalendarReader = Annotated[Caller, Depends(_Requires(Scope.READ, Scope.CALENDAR))]
CalendarProgram = Annotated[Caller, Depends(_InThePath(Scope.CALENDAR, "before .ics"))]
Auditor = Annotated[Caller, Depends(_Requires(Scope.AUDIT))]
TreeReader = Annotated[Caller, Depends(_OfTheTree(Scope.AUDIT))]
AuditProgram = Annotated[Caller, Depends(_InThePath(Scope.AUDIT, "behind /v1/audit/k/"))]
WebhookCaller = Annotated[Caller, Depends(_OfAWebhook(Scope.WEBHOOK, Scope.CLASSIFY))]
