"""Where a request may go: how its URL must be written, and which addresses it may reach."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self, TypeAlias
from urllib.parse import urlsplit

import idna

from service.delivery.reserved import RESERVED, Network

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_URL = 2048
_LONGEST_NAME = 253
_DEFAULT_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024
_LAST_PORT = 65535
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_REST = re.compile(r"[!-~]*")


class AddressRefusedError(Exception):
    """A URL or an address that nothing is sent to. Its sentence says what to change, and repeats nothing of a URL."""

    code = "address_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an operator allows beyond ``https`` to public addresses."""

    http: bool = False
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: tuple[str, ...], *, http: bool = False) -> Self:
        """An allowance of networks as text, such as ``127.0.0.0/8``.

        Raises:
            ValueError: a text is not a network, or has bits set beyond its prefix.
        """
        return cls(http=http, networks=tuple(ip_network(text) for text in networks))

    def covers(self, address: str) -> bool:
        """Whether a request may go to the address: it is public, or in a network that is allowed."""
        return is_public(address) or _is_in(address, self.networks)


NOTHING_MORE = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUrl:
    """A URL that is written as it should be. ``host`` is a name in ASCII and lower case, or an address."""

    scheme: str
    host: str
    port: int
    path_and_query: str

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the scheme's own: what the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.path_and_query}"


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is one that anybody on the Internet may reach. False for what is no address.

    IPv4 in the clothes of IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is not public, whatever it stands for.
    """
    parsed = _address(address)
    return parsed is not None and parsed.is_global and not _is_in(address, RESERVED)


@lru_cache(maxsize=1024)
def check_url(url: str, allowance: Allowance = NOTHING_MORE) -> CheckedUrl:
    """Take a URL apart, if it is one that requests may go to. Asks nobody: what a name stands for is not looked at.

    Raises:
        AddressRefusedError: it is written in a way that is not accepted, or names an address that is not allowed.
    """
    if len(url) > LONGEST_URL:
        raise AddressRefusedError(f"The URL is longer than {LONGEST_URL} characters")
    if "\\" in url or any(character.isspace() or not character.isprintable() for character in url):
        raise AddressRefusedError("The URL has a space, a backslash or a character that cannot be seen")
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS:
        raise AddressRefusedError("The URL does not start with https://")
    if scheme == "http" and not allowance.http:
        raise AddressRefusedError("The URL starts with http://, and only https:// is accepted")
    if "#" in url:
        raise AddressRefusedError("The URL has a fragment, which would never be sent")
    try:
        parts = urlsplit(f"//{rest}")
    except ValueError as error:
        raise AddressRefusedError("The URL cannot be read") from error
    written_host, port = _authority(parts.netloc)
    path_and_query = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _REST.fullmatch(path_and_query):
        raise AddressRefusedError("The URL has characters after its host that should be percent-encoded")
    return CheckedUrl(
        scheme=scheme,
        host=_host(written_host, allowance),
        port=_DEFAULT_PORTS[scheme] if port is None else _port(port, _DEFAULT_PORTS[scheme]),
        path_and_query=path_and_query,
    )


def _authority(text: str) -> tuple[str, str | None]:
    if "@" in text:
        raise AddressRefusedError("The URL has a user name or a password in it")
    closing = text.rfind("]") + 1
    host, separator, port = text[closing:].partition(":")
    return text[:closing] + host, port if separator else None


def _port(text: str, default: int) -> int:
    port = int(text) if _PORT.fullmatch(text) else 0
    if port != default and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        raise AddressRefusedError(
            f"The URL's port is neither {default} nor one from {_FIRST_FREE_PORT} to {_LAST_PORT}"
        )
    return port


def _host(text: str, allowance: Allowance) -> str:
    if not text:
        raise AddressRefusedError("The URL has no host")
    if text.startswith("["):
        return _literal(text[1:-1] if text.endswith("]") else "", IPv6Address, allowance)
    name = _name(text)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _literal(name, IPv4Address, allowance)
    if "." not in name and not allowance.networks:
        raise AddressRefusedError("The URL's host is a name without a dot, which only a private network knows")
    return name


def _literal(text: str, kind: type[Address], allowance: Allowance) -> str:
    try:
        address = str(kind(text))
    except AddressValueError as error:
        raise AddressRefusedError("The URL's host is a number, but no address in its usual spelling") from error
    if not allowance.covers(address):
        raise AddressRefusedError("The URL's host is an address that is not public")
    return address


def _name(text: str) -> str:
    try:
        name = idna.encode(text.lower(), strict=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressRefusedError("The URL's host is not a domain name") from error
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise AddressRefusedError("The URL's host is not a domain name")
    return name


def _address(text: str) -> Address | None:
    try:
        return None if "%" in text else ip_address(text)  # a zone is a matter of one machine
    except ValueError:
        return None


def _is_in(text: str, networks: tuple[Network, ...]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)
