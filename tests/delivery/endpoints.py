"""Endpoints for tests, on real sockets of the loopback: each does as a script says, and remembers what it was sent."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import trustme

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came over the wire. Names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


Script: TypeAlias = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]
"""What an endpoint does with a request: it writes what it likes."""


@dataclass(kw_only=True)
class Endpoint:
    """What came to an endpoint. ``names`` are those that clients of TLS asked for."""

    port: int
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def endpoint(
    script: Script, *, address: str = LOOPBACK, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Endpoint]:
    """Serve until left. Whoever is still connected then is cut off."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        served.connections += 1
        try:
            while True:
                request = await _request(reader)
                served.received.append(request)
                await script(request, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, address, port, ssl=tls)
    served = Endpoint(port=server.sockets[0].getsockname()[1])
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: served.names.append(name)
    try:
        yield served
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(line=head[0], headers=headers, body=body)


def answering(status: str = "200 OK", body: bytes = b"", **headers: str) -> Script:
    """A script that answers so. An underscore in the name of a header stands for a hyphen."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(message(status, body, **headers))

    return answer


def message(status: str, body: bytes = b"", **headers: str) -> bytes:
    """An answer as it goes over the wire: the last one of its connection, unless a header says otherwise."""
    named = {"Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@contextmanager
def taking_no_connections() -> Iterator[int]:
    """The port of a socket whose queue is full, so that a connection to it hangs."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for client in waiting:
                client.setblocking(False)  # noqa: FBT003 - the socket's own signature
                client.connect_ex(listening.getsockname())
            yield listening.getsockname()[1]
        finally:
            for client in waiting:
                client.close()


class Authority:
    """An authority that vouches for names, and those who trust it."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def server(self, name: str) -> ssl.SSLContext:
        """What a server of that name presents."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(name).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        """What a client that trusts this authority alone goes by."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context
