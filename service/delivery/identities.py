"""Which issuers of identities are asked and where requests to them may go; and who they say that somebody is."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from service.delivery.addresses import Allowance

_OF_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class ProviderAwayError(Exception):
    """The provider cannot be reached, or answers with what it should not. The message is a sentence."""


class NotIdentifiedError(Exception):
    """Nobody is known by what came back from the provider. The message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """This service as its provider knows it. ``groups_claim`` is the claim that has the groups of somebody."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid profile email"
    groups_claim: str = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one attempt to sign in is known by: random text, which the provider gives back or asks for."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is to the provider. ``email`` is one that it has verified."""

    issuer: str
    subject: str
    email: str | None
    groups: tuple[str, ...]


def check_issuer(issuer: str) -> str:
    """The issuer, which is a URL as OpenID Connect has it.

    Raises:
        ValueError: it is not, or is to be asked over http elsewhere than on this machine.
    """
    parts = urlsplit(issuer)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an issuer begins with https://, and has no ? and no #")
    if parts.scheme == "http" and not _is_here(issuer):
        raise ValueError("an issuer begins with https://, unless it is on this machine")
    return issuer


def allowance_for(issuer: str, allowed: Allowance) -> Allowance:
    """Where requests to an issuer may go: where all may, over https; to one on this machine, there and over http."""
    if _is_here(issuer):
        return Allowance(http=True, networks=(*allowed.networks, *_OF_THIS_MACHINE))
    return Allowance(networks=allowed.networks)


def _is_here(issuer: str) -> bool:
    host = urlsplit(issuer).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
