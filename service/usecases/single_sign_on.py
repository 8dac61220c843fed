"""Sign in to the console with the company's identity provider: there and back, and who comes back may do what."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from service.delivery.identities import Attempt, Identity, NotIdentifiedError
from service.domain.access import Access, access_of
from service.domain.people import people_on, person_with_email
from service.store.console_sessions import Subject
from service.store.database import Database
from service.store.people import standing_periods
from service.store.person_subjects import join_subject, person_of_subject
from service.store.recording import Clock
from service.usecases.sign_in import SignInDesk

if TYPE_CHECKING:  # the libraries of the protocol are loaded where a provider is set up
    from service.delivery.identity_provider import IdentityProvider

BELIEVED_FOR = timedelta(hours=1)
"""How long what the groups of somebody allow is believed, until it is asked for anew."""
ATTEMPT_LASTS = timedelta(minutes=10)
"""How long somebody may take to come back from the provider."""


class NoAccessError(Exception):
    """The provider knows somebody, and none of their groups allows anything here. The message is a sentence."""


class NotBegunHereError(Exception):
    """Somebody came back who did not leave from this browser, or too long ago. The message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Where to send a browser, and what it keeps until it is back."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a browser kept since it left: the attempt, where its owner was going, and whether they were to be asked."""

    attempt: Attempt
    wanted: str
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Somebody who is signed in now, by a token, and acts under a name."""

    token: str
    name: str


class SingleSignOn:
    """Sends people to the provider and signs in who comes back, with what their groups allow.

    What a browser keeps meanwhile is signed here, so that nothing is kept of those who only leave.
    """

    def __init__(
        self,
        *,
        provider: "IdentityProvider",
        access: Mapping[str, Access],
        desk: SignInDesk,
        database: Database,
        clock: Clock,
        today: Callable[[], date],
    ) -> None:
        self.provider = provider
        self._access = access
        self._desk = desk
        self._engine = database.engine
        self._clock = clock
        self._today = today
        secret = provider.registered.client_secret
        self._seal = hashlib.sha256(b"chalkline attempts to sign in " + secret.encode()).digest()

    @property
    def issuer(self) -> str:
        """Whose word counts here."""
        return self.provider.registered.issuer

    async def leave(self, callback: str, wanted: str, *, silent: bool) -> Left:
        """Where to send a browser so that it comes back to ``callback``, and what it keeps until then.

        Raises:
            ProviderAwayError: the provider does not say where.
        """
        attempt = Attempt(state=self._desk.new_token(), nonce=self._desk.new_token(), verifier=self._desk.new_token())
        url = await self.provider.sign_in_url(attempt, callback, silent=silent)
        until = (self._clock() + ATTEMPT_LASTS).timestamp()
        kept = orjson.dumps([attempt.state, attempt.nonce, attempt.verifier, wanted, silent, until])
        return Left(url=url, cookie=f"{base64.urlsafe_b64encode(kept).decode()}.{self._signed(kept)}")

    def journey(self, cookie: str, state: str) -> Journey:
        """What a browser kept that has come back with a state.

        Raises:
            NotBegunHereError: it kept nothing of that attempt, or too long.
        """
        text, _, signature = cookie.partition(".")
        try:
            kept = base64.urlsafe_b64decode(text.encode())
        except ValueError:
            kept = b""
        if hmac.compare_digest(signature.encode(), self._signed(kept).encode()):
            own, nonce, verifier, wanted, silent, until = orjson.loads(kept)
            if hmac.compare_digest(own.encode(), state.encode()) and self._clock().timestamp() < until:
                attempt = Attempt(state=own, nonce=nonce, verifier=verifier)
                return Journey(attempt=attempt, wanted=wanted, silent=silent)
        raise NotBegunHereError("This browser did not begin to sign in, or more than 10 minutes ago")

    async def arrive(self, journey: Journey, callback: str, code: str, before: str) -> Arrived:
        """Sign in who has come back with a code. ``before`` is the token that their browser sends by now.

        Where it is theirs, it stays so, with what the provider says now; else they get another, and it is nobody's.

        Raises:
            NotIdentifiedError, ProviderAwayError: see ``IdentityProvider.identify``.
            NoAccessError: their groups allow nothing; the token is nobody's then.
            StoreUnavailableError: the database cannot be reached.
        """
        if not code:
            raise NotIdentifiedError("The provider of your company's accounts did not sign you in")
        identity = await self.provider.identify(journey.attempt, callback, code, self._clock())
        return await asyncio.to_thread(self._admit, identity, before)

    def _admit(self, identity: Identity, before: str) -> Arrived:
        access, now = access_of(identity.groups, self._access), self._clock()
        if not access.scopes:
            self._desk.sign_out(before)
            raise NoAccessError("None of the groups of your company's account gives access here")

        name = self._name_of(identity, now)
        subject = Subject(
            issuer=identity.issuer,
            subject=identity.subject,
            name=name,
            scopes=access.scopes,
            team=access.team,
            believed_until=now + BELIEVED_FOR,
        )

        if self._desk.renew(before, subject):
            return Arrived(token=before, name=name)
        token = self._desk.sign_in(subject)
        self._desk.sign_out(before)
        return Arrived(token=token, name=name)

    def _name_of(self, identity: Identity, now: datetime) -> str:
        """Who acts: the person whom the subject is joined to, or is to be joined to now, else its email or itself."""
        people = people_on(self._today(), standing_periods(self._engine))
        person_id = person_of_subject(self._engine, identity.issuer, identity.subject)
        if person_id is None and identity.email is not None:
            person_id = person_with_email(identity.email, people)
            if person_id is not None:
                join_subject(self._engine, identity.issuer, identity.subject, person_id, identity.email, now)
        person = None if person_id is None else people.get(person_id)
        return person.name if person is not None else identity.email or identity.subject

    def _signed(self, kept: bytes) -> str:
        return hmac.new(self._seal, kept, hashlib.sha256).hexdigest()
