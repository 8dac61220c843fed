"""Sign in to the console, and with the link of the first start, which makes a key."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.keys import Scope
from service.store.console_sessions import (
    ConsoleSession,
    Holder,
    Subject,
    add_session,
    end_session,
    find_session,
    is_link,
    note_seen,
    renew_session,
    spending,
)
from service.store.database import Database
from service.store.keys import ApiKey, note_use
from service.store.recording import Clock
from service.usecases.manage_keys import BOOTSTRAP_LIFETIME, FIRST_START, Issued, KeyOffice

LASTS = timedelta(hours=12)
"""How long somebody stays signed in at most,"""
IDLE_FOR = timedelta(hours=1)
"""and without a request."""
LINK_LASTS = timedelta(minutes=15)
_SEEN_TO = timedelta(minutes=1)
"""How exactly it is kept when somebody was last there."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in; ``token`` is what their browser sends, and nobody else knows."""

    token: str
    session: ConsoleSession


class SignInDesk:
    """Signs people in and out; ``keys`` makes their keys. A token is 256 random bits; the database has its SHA-256."""

    def __init__(self, database: Database, clock: Clock, secret: Callable[[], bytes]) -> None:
        self._engine = database.engine
        self._clock = clock
        self._secret = secret
        self.keys = KeyOffice(database, clock, secret)

    def new_token(self) -> str:
        """Random text that goes well into a cookie and into a path."""
        return base64.urlsafe_b64encode(self._secret()).rstrip(b"=").decode()

    def sign_in(self, holder: Holder) -> str:
        """Sign in whoever has a key, or comes from the identity provider, and give the token of it.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        token, now = self.new_token(), self._clock()
        until = min(now + LASTS, holder.expires_at) if isinstance(holder, ApiKey) else now + LASTS
        add_session(self._engine, _hash(token), holder, now, until)
        return token

    def renew(self, token: str, holder: Subject) -> bool:
        """Let whoever is signed in with a token be as the provider says now; False where that is somebody else.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        return renew_session(self._engine, _hash(token), holder, self._clock())

    def find(self, token: str) -> SignedIn | None:
        """Who is signed in with a token; None where nobody is any more, or the key works no more.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        hashed, now = _hash(token), self._clock()
        found = find_session(self._engine, hashed)
        if found is None or not _holds(found, now):
            return None
        if now >= found.last_seen_at + _SEEN_TO:
            note_seen(self._engine, hashed, now)
            if isinstance(found.holder, ApiKey):
                note_use(self._engine, found.holder.id, now)
        return SignedIn(token, found)

    def sign_out(self, token: str) -> None:
        """Let a token be nobody's.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        end_session(self._engine, _hash(token))

    def make_link(self) -> str:
        """A new link of the first start: the last segment of its path, good for ``LINK_LASTS`` and once.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        link, now = self.new_token(), self._clock()
        add_session(self._engine, _hash(link), None, now, now + LINK_LASTS)
        return link

    def is_link(self, link: str) -> bool:
        """Whether a link is good still. To ask spends nothing."""
        return is_link(self._engine, _hash(link), self._clock())

    def follow_link(self, link: str, name: str) -> Issued:
        """Make a key with every scope for whoever has the link, which is spent by it.

        Raises:
            LinkSpentError: it was used already, or is too old.
            KeyNameTakenError: another key that works has that name; the link is good still.
            StoreUnavailableError: the database cannot be reached.
        """
        spend = spending(_hash(link), self._clock())
        return self.keys.issue(name, frozenset(Scope), BOOTSTRAP_LIFETIME, by=FIRST_START, beside=spend)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _holds(found: ConsoleSession, now: datetime) -> bool:
    works = found.holder.works_at(now) if isinstance(found.holder, ApiKey) else True
    return works and now < found.expires_at and now < found.last_seen_at + IDLE_FOR
