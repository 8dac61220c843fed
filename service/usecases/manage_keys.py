"""Make, rotate and revoke API keys. A key itself is shown once, when it is made; the store keeps its hash."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.domain.identifiers import uuid7
from service.domain.keys import Scope, key_from_secret
from service.domain.terms import Team
from service.store.database import Database
from service.store.keys import ApiKey, NewKey, add_key, any_key, revoke_key, rotate_key
from service.store.recording import Clock

BOOTSTRAP_NAME = "bootstrap"
BOOTSTRAP_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key, in the clear for the only time."""

    key: str
    stored: ApiKey


class KeyOffice:
    """Makes keys from the machine's randomness and clock."""

    def __init__(self, database: Database, clock: Clock, secret: Callable[[], bytes]) -> None:
        self._database = database
        self._clock = clock
        self._secret = secret

    def issue(self, name: str, scopes: frozenset[Scope], lifetime: timedelta, *, team: Team | None = None) -> Issued:
        """Make a key, for somebody of a sales team or of none.

        Raises:
            KeyNameTakenError: another key that still works acts under this name.
            StoreUnavailableError: the database cannot be reached.
        """
        return self._issue(key_from_secret(self._secret()), name, scopes, lifetime, team)

    def bootstrap(self, wanted: str | None) -> Issued | None:
        """Make the first key, with every scope: the one wanted, or a random one. None where keys exist already."""
        if any_key(self._database.engine):
            return None
        key = wanted if wanted is not None else key_from_secret(self._secret())
        return self._issue(key, BOOTSTRAP_NAME, frozenset(Scope), BOOTSTRAP_LIFETIME, None)

    def rotate(self, key_id: UUID, overlap: timedelta) -> Issued:
        """Make a successor of a key; the old one works on for ``overlap``.

        Raises:
            KeyNotFoundError: there is no key of that identifier that still works.
            StoreUnavailableError: the database cannot be reached.
        """
        key, now = key_from_secret(self._secret()), self._clock()
        stored = rotate_key(
            self._database.engine, key_id, new_id=self._identifier(), key=key, now=now, old_until=now + overlap
        )
        return Issued(key, stored)

    def revoke(self, key_id: UUID) -> ApiKey:
        """Let a key work no more.

        Raises:
            KeyNotFoundError: there is no key of that identifier that still works.
            StoreUnavailableError: the database cannot be reached.
        """
        return revoke_key(self._database.engine, key_id, self._clock())

    def _issue(self, key: str, name: str, scopes: frozenset[Scope], lifetime: timedelta, team: Team | None) -> Issued:
        now = self._clock()
        new = NewKey(
            id=self._identifier(),
            name=name,
            key=key,
            scopes=scopes,
            team=team,
            created_at=now,
            expires_at=now + lifetime,
        )
        return Issued(key, add_key(self._database.engine, new))

    def _identifier(self) -> UUID:
        return uuid7(self._clock(), int.from_bytes(self._secret()))
