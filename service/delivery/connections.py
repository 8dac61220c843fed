"""Connections that can only be made to addresses that were checked: the one place where a name becomes an address."""

import asyncio
import importlib.util
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

import httpcore

from service.delivery.addresses import AddressRefusedError, Allowance

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses that a host and port stand for, the preferred one first. Raises OSError where there are none."""

_MOST_TRIED = 4
# httpcore imports it for each lock that it makes, and what is not installed would be searched for anew each time.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # the import system takes None for a module not there


class NameUnresolvedError(Exception):
    """A name stands for no address, as far as the resolver knows."""


async def resolve_by_the_system(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine's resolver gives, in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once for each connection, checks every address, and connects to those very addresses.

    A name that changes what it stands for between the check and the connection therefore gains nothing. TLS and the
    Host header know nothing of addresses: they keep the name.
    """

    def __init__(self, resolve: Resolve, allowance: Allowance) -> None:
        self._resolve = resolve
        self._allowance = allowance
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that takes the connection. ``timeout`` is for each of them.

        Raises:
            NameUnresolvedError: the name stands for no address.
            AddressRefusedError: one of the addresses is neither public nor allowed, so that none is tried.
            httpcore.ConnectError, httpcore.ConnectTimeout: what the last address came to.
        """
        failure: Exception | None = None
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise NameUnresolvedError if failure is None else failure

    async def sleep(self, seconds: float) -> None:
        """Wait, as the connection pool wants to between its tries."""
        await self._network.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NameUnresolvedError from error
        if not all(self._allowance.covers(address) for address in addresses):
            raise AddressRefusedError("The URL's host stands for an address that is not public")
        return addresses[:_MOST_TRIED]
