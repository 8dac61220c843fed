"""What an OpenID Connect provider says of somebody who signed in: its signed token, and what is read from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, import_key

from service.delivery.identities import Identity, NotIdentifiedError

_LEEWAY_SECONDS: Final = 60
"""How far the provider's clock and ours may be apart."""
_ALGORITHMS: Final = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)]
"""Signatures that only the provider can make: a shared secret makes none."""
_LONGEST_NAME: Final = 255


class UnknownKeyError(Exception):
    """A token is signed with a key that was not among the provider's when they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say: who gave it, to whom, in answer to what, and beside which other token."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


def keys_of(listed: Sequence[Any]) -> KeySet:
    """The keys that a provider lists, but for those of kinds not known here, which sign nothing for us."""
    found = []
    for each in listed:
        try:
            found.append(import_key(each))
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    return KeySet(found)


def claims_in(id_token: str, keys: KeySet, expected: Expected, now: datetime) -> dict[str, Any]:
    """What the provider has signed, of now and for us alone.

    Raises:
        NotIdentifiedError: it is not to be believed.
        UnknownKeyError: it may be, by newer keys.
    """
    own = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    beside = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    try:
        token = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(token.claims, token.header, options=own, params=beside)
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
    except InvalidKeyIdError as error:
        raise UnknownKeyError from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotIdentifiedError(f"The provider's word for who you are is not to be believed: {_why(error)}") from error
    return dict(claims)


def identity_in(claims: Mapping[str, Any], issuer: str, groups_claim: str) -> Identity:
    """Who the claims of a token that was checked are about.

    Raises:
        NotIdentifiedError: it does not name them by a text that can be shown.
    """
    subject = claims["sub"]
    if not isinstance(subject, str) or not _is_name(subject):
        raise NotIdentifiedError("The provider's name for you is too long, or has characters that cannot be shown")
    groups = claims.get(groups_claim)
    listed: Sequence[object] = groups if isinstance(groups, list) else [groups]
    return Identity(
        issuer=issuer,
        subject=subject,
        email=_verified_email_in(claims),
        groups=tuple(each for each in listed if isinstance(each, str)),
    )


def _verified_email_in(claims: Mapping[str, Any]) -> str | None:
    email, verified = claims.get("email"), claims.get("email_verified")
    is_verified = verified is True or verified == "true"  # some providers write it so
    return email if is_verified and isinstance(email, str) and "@" in email and _is_name(email) else None


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and bool(text.strip())


def _why(error: Exception) -> str:
    """What is wrong with a token, by its code; what it holds is not repeated."""
    claim = getattr(error, "claim", None)
    code = getattr(error, "error", "") or "unreadable"
    return f"{code} ({claim})" if isinstance(claim, str) else str(code)
