"""The address of a database: its parameters in the words of libpq, which asks it, and of asyncpg, which records."""

import re
import socket
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import make_url

_FOR_ASYNCPG = {"passfile", "target_session_attrs", "krbsrvname", "gsslib"} | {
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
}
"""What asyncpg takes as libpq does."""
_SESSION = {"application_name", "options"}
"""What a server is told at the start of a session."""
_NUMBERS = {
    *("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    "tcp_user_timeout",
}
_AS_IT_IS = {
    "channel_binding": {"disable", "prefer"},
    "client_encoding": {"utf8", "UTF8"},
    "gssencmode": {"disable", "prefer"},
    "load_balance_hosts": {"disable"},
    "sslcompression": {"0"},
    "sslsni": {"1"},
}
"""What asyncpg has no word for, with the values that say what it does anyhow."""
_VALUES = _AS_IT_IS | {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "sslnegotiation": {"postgres", "direct"},
    "target_session_attrs": {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"},
}
_WHERE = {"host", "port", "user", "password", "dbname"}
_UNDERSTOOD = _WHERE | _FOR_ASYNCPG | _SESSION | _NUMBERS | _AS_IT_IS.keys()
_NAME = re.compile(r"\w{1,40}")


class UnusableUrlError(ValueError):
    """An address of a database that cannot be used. The message says why, and holds no password."""


def check_url(url: str) -> None:
    """See that an address is one that reads and records alike: ``sqlite:///path`` or ``postgresql://...``.

    Raises:
        UnusableUrlError: it is none, or has a parameter that one of the drivers would not understand.
    """
    if url.startswith("postgresql://"):
        postgres_parameters(url)
    elif url.startswith("sqlite:///"):
        _check_sqlite(url)
    else:
        raise UnusableUrlError("must start with sqlite:/// or postgresql://")


def _check_sqlite(url: str) -> None:
    parsed = make_url(url)
    for name in parsed.query:
        raise UnusableUrlError(f"takes no parameter for SQLite, and has {_named(name)}")
    if parsed.database in {None, "", ":memory:"}:
        raise UnusableUrlError("names no file: sqlite:///PATH")


def postgres_parameters(url: str) -> dict[str, str]:
    """The parameters of ``postgresql://USER:PASSWORD@HOST:PORT,.../NAME?...`` by their names in libpq.

    Raises:
        UnusableUrlError: it cannot be read, or one of the drivers would not understand a parameter.
    """
    import psycopg  # noqa: PLC0415 - a driver that SQLite does without

    for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name not in _UNDERSTOOD:
            raise UnusableUrlError(f"has a parameter that is not understood here: {_named(name)}")
    try:
        parameters = {name: str(value) for name, value in psycopg.conninfo.conninfo_to_dict(url).items()}
    except psycopg.Error:  # whose message may quote the password
        raise UnusableUrlError(
            "cannot be read as postgresql://USER:PASSWORD@HOST:PORT/NAME; percent-encode what has a meaning there"
        ) from None
    for name, value in parameters.items():
        if name in _NUMBERS and not re.fullmatch(r"\d{1,6}", value):
            raise UnusableUrlError(f"has a parameter {name} that is no whole number")
        if value not in (can_be := _VALUES.get(name, {value})):
            raise UnusableUrlError(f"has a parameter {name} that can only be {' or '.join(sorted(can_be))} here")
    if parameters.get("sslrootcert") == "system":
        raise UnusableUrlError("has a parameter sslrootcert that can only be a file here")
    _servers(parameters)
    return parameters


def asyncpg_arguments(parameters: dict[str, str]) -> list[dict[str, Any]]:
    """What asyncpg connects with, to each of the servers, in the order in which they are tried."""
    alike = {name: parameters[name] for name in sorted(_FOR_ASYNCPG & parameters.keys())}
    session = {name: parameters[name] for name in sorted(_SESSION & parameters.keys())}
    arguments = {
        "dsn": f"postgresql://?{urlencode(alike)}",
        "user": parameters.get("user"),
        "password": parameters.get("password"),
        "database": parameters.get("dbname"),
        "server_settings": {"application_name": "chalkline recorder"} | session,
    }
    return [arguments | server for server in _servers(parameters)]


def _servers(parameters: dict[str, str]) -> list[dict[str, Any]]:
    """The host and the port of each server; without a host, asyncpg looks for one on this machine, as libpq does."""
    hosts = parameters.get("host", "").split(",")
    ports = parameters.get("port", "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts) or not all(re.fullmatch(r"\d{0,5}", port) for port in ports):
        raise UnusableUrlError("has not one port, a number, for each of its hosts")
    return [
        {"host": host or None, "port": int(port) if port else None} for host, port in zip(hosts, ports, strict=True)
    ]


_SOCKET_OPTIONS = {
    "keepalives_idle": (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", None)),
    "keepalives_interval": (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPINTVL", None)),
    "keepalives_count": (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPCNT", None)),
    "tcp_user_timeout": (socket.IPPROTO_TCP, getattr(socket, "TCP_USER_TIMEOUT", None)),
}


def keep_alive(connection: socket.socket, parameters: dict[str, str]) -> None:
    """Set on a connection what libpq sets on its own: by default it is asked now and then whether it is there."""
    if connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(parameters.get("keepalives", "1") != "0"))
    for name, (level, option) in _SOCKET_OPTIONS.items():
        if option is not None and int(parameters.get(name, "0")):  # 0 is the system's own, as to libpq
            connection.setsockopt(level, option, int(parameters[name]))


def _named(name: str) -> str:
    return name if _NAME.fullmatch(name) else "one whose name is none"
