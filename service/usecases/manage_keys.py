"""Make, rotate and revoke API keys. A key itself is shown once, when it is made; the store keeps its hash."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.domain.acts import Act, ActKind
from service.domain.identifiers import uuid7
from service.domain.keys import Scope, check_usable, key_from_secret, key_hint
from service.domain.terms import Team
from service.store.database import Database
from service.store.keys import ApiKey, Beside, Tells, add_first_key, add_key, all_keys, revoke_key, rotate_key
from service.store.recording import Clock

BOOTSTRAP_NAME = "bootstrap"
FIRST_START = "first start"
"""Who made the first key."""
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

    def issue(
        self,
        name: str,
        scopes: frozenset[Scope],
        lifetime: timedelta,
        *,
        team: Team | None = None,
        by: str | None = None,
        beside: Beside | None = None,
    ) -> Issued:
        """Make a key, for somebody of a sales team or of none. ``by`` is who makes it, ``beside`` what is done with it.

        Raises:
            KeyNameTakenError: another key that still works acts under this name.
            StoreUnavailableError: the database cannot be reached.
        """
        key = key_from_secret(self._secret())
        new = self._new(key, name, scopes, lifetime, team=team, by=by)
        tells = self._tells(ActKind.KEY_MADE, by)
        return Issued(key, add_key(self._database.engine, new, key, tells, beside=beside))

    def bootstrap(self, wanted: str | None) -> Issued | None:
        """Make the first key, with every scope: the one wanted, or a random one. None where keys exist already.

        Raises:
            UnusableKeyError: no key exists yet, and the one wanted could never work.
            StoreUnavailableError: the database cannot be reached.
        """
        if all_keys(self._database.engine):
            return None
        key = wanted if wanted is not None else key_from_secret(self._secret())
        check_usable(key)
        new = self._new(key, BOOTSTRAP_NAME, frozenset(Scope), BOOTSTRAP_LIFETIME, team=None, by=FIRST_START)
        stored = add_first_key(self._database.engine, new, key, self._tells(ActKind.KEY_MADE, FIRST_START))
        return None if stored is None else Issued(key, stored)

    def rotate(self, key_id: UUID, overlap: timedelta, *, by: str | None = None) -> Issued:
        """Make a successor of a key; the old one works on for ``overlap``.

        Raises:
            KeyNotFoundError: there is no key of that identifier that still works.
            StoreUnavailableError: the database cannot be reached.
        """
        key, now = key_from_secret(self._secret()), self._clock()
        until = now + overlap
        stored = rotate_key(
            self._database.engine,
            key_id,
            new_id=self._identifier(),
            key=key,
            now=now,
            old_until=until,
            by=by,
            tells=self._tells(ActKind.KEY_ROTATED, by, replaces=str(key_id), replaced_until=until),
        )
        return Issued(key, stored)

    def revoke(self, key_id: UUID, *, by: str | None = None) -> ApiKey:
        """Let a key work no more.

        Raises:
            KeyNotFoundError: there is no key of that identifier that still works.
            StoreUnavailableError: the database cannot be reached.
        """
        return revoke_key(self._database.engine, key_id, self._clock(), by, self._tells(ActKind.KEY_REVOKED, by))

    def _new(
        self,
        key: str,
        name: str,
        scopes: frozenset[Scope],
        lifetime: timedelta,
        *,
        team: Team | None,
        by: str | None,
    ) -> ApiKey:
        now = self._clock()
        return ApiKey(
            id=self._identifier(),
            name=name,
            hint=key_hint(key),
            scopes=scopes,
            team=team,
            created_at=now,
            expires_at=now + lifetime,
            created_by=by,
        )

    def _tells(self, kind: ActKind, by: str | None, **more: object) -> Tells:
        """What is recorded of an act: the key, but nothing that it could be used by, and who did it."""

        def act(key: ApiKey) -> Act:
            told = {"key_id": str(key.id), "name": key.name, "scopes": sorted(key.scopes), "team": key.team}
            body = {**told, "expires_at": key.expires_at, **more}
            return Act(id=self._identifier(), kind=kind, actor=by or "", at=self._clock(), body=body)

        return act

    def _identifier(self) -> UUID:
        return uuid7(self._clock(), int.from_bytes(self._secret()))
