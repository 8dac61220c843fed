"""A connection to PostgreSQL to record through: its locks, what is published as it sees it, and what becomes of it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg

from service.domain.policies import Policies
from service.store.errors import StoreBusyError
from service.store.outages import outage_of
from service.store.policy_cache import NEWEST, REVISIONS, PolicyCache, published
from service.store.recorder.writer import SharedRows
from service.store.rows import Decoders
from service.store.urls import asyncpg_arguments, keep_alive, postgres_parameters

Connection: TypeAlias = Any  # asyncpg ships no types

_NEXT_SERVER = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
_STATEMENTS = 100
"""So many statements are kept prepared, but where a pooler hands each transaction to another session of a server."""
_BY_KEYS = ("jit = off", "enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off")
"""All that is read here is found by its key. A statement that was prepared while the tables were small would go on
reading all of them, however large they have become, until the server has looked at them again by itself."""
_HELD_UP = "200ms"
"""How long a batch waits for a row that something else than a recorder holds: others wait as long."""
_T = TypeVar("_T")


def lock_number(*name: str) -> int:
    """The number of the advisory lock of an account or a key: the same in every process."""
    digest = hashlib.blake2b("\x00".join(name).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


POLICIES_LOCK = lock_number("policies")
"""Shared by every batch, and held alone by a publication: a batch decides under what is published when it commits."""
_HELD = """
SELECT NULL::bigint WHERE NOT pg_try_advisory_xact_lock_shared($1)
UNION ALL SELECT k FROM unnest($2::bigint[]) AS k WHERE NOT pg_try_advisory_xact_lock(k)
"""
"""Takes locks, and gives the numbers of those that others hold; NULL first where a publication is under way."""


class OwnConnection:
    """One connection of a writer's own, made when needed and made anew when it was lost.

    ``shared`` are the rows that are known to be there. What answers a new connection may be another database, restored
    or failed over to, so they are learned anew.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.shared = SharedRows()
        self._parameters = postgres_parameters(url)
        self._timeout = timeout
        self._connection: Connection = None
        self._statements: int | None = None

    async def carry_out(self, work: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Do some work within its timeout. Whatever goes wrong, the connection is dropped and the server rolls back.

        Raises:
            StoreUnavailableError: the database could not be reached, went away, or cannot do that now.
            StoreBusyError: something else holds a row.
            SchemaBehindError: it lacks tables.
        """
        try:
            async with asyncio.timeout(self._timeout):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connected()
                    self.shared = SharedRows()
                return await work(self._connection)
        except asyncpg.LockNotAvailableError as error:
            self._drop()
            raise StoreBusyError("Something else holds what would be written; nothing was recorded") from error
        except BaseException as error:
            self._drop()
            if (outage := outage_of(error)) is None:
                raise
            raise outage from error

    async def begin(self, connection: Connection, locks: Mapping[int, _T]) -> frozenset[_T]:
        """Begin a transaction, take locks, and say which of them others hold: none is waited for.

        While a revision is being published all are held, as it were: what is decided meanwhile might not rest on it.
        A process that stands still in the middle of a transaction loses its connection, and with it its locks, after
        the timeout.
        """
        bounds = f"lock_timeout = '{_HELD_UP}'", f"idle_in_transaction_session_timeout = {round(1000 * self._timeout)}"
        settings = "; ".join(f"SET LOCAL {each}" for each in (*_BY_KEYS, "timezone = 'UTC'", *bounds))
        # One round trip for all; only our own numbers are in the text.
        await connection.execute(f"BEGIN; {settings}")
        held = await connection.fetch(_HELD, POLICIES_LOCK, list(locks))
        if held and held[0][0] is None:
            return frozenset(locks.values())
        return frozenset([locks[number] for (number,) in held])

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close()

    async def _connected(self) -> Connection:
        if self._statements is None:
            connection = await self._connected_to_one(0)
            if await _is_pooled(connection):
                self._statements = 0
                return connection
            await connection.close()
            self._statements = _STATEMENTS
        return await self._connected_to_one(self._statements)

    async def _connected_to_one(self, statements: int) -> Connection:
        """A connection to the first of the servers that is there and is of the kind that is asked for."""
        servers = asyncpg_arguments(self._parameters)
        wanted = int(self._parameters.get("connect_timeout", "0")) or self._timeout
        patience = min(wanted, self._timeout / len(servers))
        missed: BaseException = OSError()
        for arguments in servers:
            try:
                connection = await asyncpg.connect(**arguments, timeout=patience, statement_cache_size=statements)
            except _NEXT_SERVER as error:
                missed = error
                continue
            # It has no option for what libpq sets on its connections, nor a public name for what it is set on.
            keep_alive(connection._transport.get_extra_info("socket"), self._parameters)  # noqa: SLF001 - as said
            return connection
        raise missed

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _is_pooled(connection: Connection) -> bool:
    """Whether a pooler is between: it answers with a number of its own, as it has many servers behind it."""
    own_number = connection.get_server_pid()  # which is not to be had any more of one that was lost meanwhile
    async with connection.transaction():
        return bool(await connection.fetchval("SELECT pg_backend_pid()") != own_number)


async def load_policies(connection: Connection, cache: PolicyCache) -> Policies:
    """What is published, and stays so until the transaction ends."""
    policies = cache.as_of(await connection.fetchrow(NEWEST))
    return cache.refresh(published(await connection.fetch(REVISIONS), DECODERS)) if policies is None else policies


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - instants and days
    return value


def _plain(identifier: UUID) -> UUID:
    """The identifier as Python's own kind: asyncpg has one that no JSON writer knows."""
    return UUID(int=identifier.int)


DECODERS = Decoders(_plain, _as_it_is, _as_it_is)
