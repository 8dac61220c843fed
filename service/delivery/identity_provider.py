"""The company's OpenID Connect provider: where a browser is sent to sign in, and who it is that came back."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from service.delivery.addresses import AddressRefusedError, Allowance, check_url
from service.delivery.identities import (
    Attempt,
    Identity,
    NotIdentifiedError,
    ProviderAwayError,
    Registration,
    allowance_for,
)
from service.delivery.identity_tokens import Expected, UnknownKeyError, claims_in, identity_in, keys_of
from service.delivery.outcomes import Failed, Sent
from service.delivery.sender import Bounds, Sender

BOUNDS: Final = Bounds(connect_seconds=3, read_seconds=5, total_seconds=8, body_bytes=512 * 1024, connections=4)
"""Of a request to the provider: somebody waits before a white page meanwhile."""
BELIEVED_SECONDS: Final = 3600
"""How long the provider's description of itself and its keys are believed."""
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class IdentityProvider:
    """Asks the provider over connections that are opened for each request: to where ``allowed`` lets any request go.

    To a provider on this machine, there too. ``ticks`` counts seconds, whatever the clock is set to.
    """

    def __init__(
        self,
        registered: Registration,
        allowed: Allowance,
        now: Callable[[], datetime],
        ticks: Callable[[], float],
    ) -> None:
        self.registered = registered
        self._allowance = allowance_for(registered.issuer, allowed)
        self._now = now
        self._about = _Kept(self._describe, ticks)
        self._keys = _Kept(self._read_keys, ticks)

    async def sign_in_url(self, attempt: Attempt, callback: str, *, silent: bool) -> str:
        """Where a browser is sent; ``silent`` is for whom the provider still knows, and asks them nothing.

        Raises:
            ProviderAwayError: the provider does not say where that is.
        """
        about = await self._about.get()
        url: str = prepare_grant_uri(
            about["authorization_endpoint"],
            client_id=self.registered.client_id,
            response_type="code",
            redirect_uri=callback,
            scope=self.registered.scope,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
            prompt="none" if silent else None,
        )
        return url

    async def sign_out_url(self) -> str | None:
        """Where somebody may end their session with the provider, too; None where it has no such place, or is away."""
        try:
            place = (await self._about.get()).get("end_session_endpoint")
        except ProviderAwayError:
            return None
        if not isinstance(place, str) or not self._is_sound(place):
            return None
        url: str = f"{place}{'&' if '?' in place else '?'}{urlencode({'client_id': self.registered.client_id})}"
        return url

    async def identify(self, attempt: Attempt, callback: str, code: str, now: datetime) -> Identity:
        """Who came back with a code.

        Raises:
            NotIdentifiedError: the provider does not take the code, or what it says of them is not to be believed.
            ProviderAwayError: it does not answer.
        """
        token = await self._redeem(attempt, callback, code)
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise NotIdentifiedError("The provider gave no identity token")
        claims = await self._checked(id_token, access_token, attempt.nonce, now)
        wanted = {self.registered.groups_claim, "email"}
        about = await self._about.get()
        if not wanted <= claims.keys() and "userinfo_endpoint" in about:
            claims = await self._user_info(about["userinfo_endpoint"], access_token, claims["sub"]) | claims
        return identity_in(claims, self.registered.issuer, self.registered.groups_claim)

    async def _redeem(self, attempt: Attempt, callback: str, code: str) -> Mapping[str, Any]:
        about = await self._about.get()
        endpoint = about["token_endpoint"]
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=callback, code_verifier=attempt.verifier
        )
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        is_basic = "client_secret_basic" in methods
        known_by = (self.registered.client_id, self.registered.client_secret)
        client = ClientAuth(
            *(quote(each, safe="") if is_basic else each for each in known_by),
            "client_secret_basic" if is_basic else "client_secret_post",
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        _, headers, body = client.prepare("POST", endpoint, headers, body)
        answer = await self._send("POST", endpoint, headers, body.encode())
        if not answer.accepted:
            raise NotIdentifiedError(
                "The provider does not take what it gave for signing in: it was used, or is too old"
            )
        return _object_in(answer)

    async def _checked(self, id_token: str, access_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        own = self.registered
        expected = Expected(issuer=own.issuer, client_id=own.client_id, nonce=nonce, access_token=access_token)
        try:
            return claims_in(id_token, (await self._keys.get())["keys"], expected, now)
        except UnknownKeyError:
            pass
        try:
            return claims_in(id_token, (await self._keys.get(anew=True))["keys"], expected, now)
        except UnknownKeyError:
            raise NotIdentifiedError("The provider's word for who you are is signed with none of its keys") from None

    async def _user_info(self, endpoint: str, access_token: str, subject: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        answer = await self._send("GET", endpoint, headers)
        told = _object_in(answer) if answer.accepted else {}
        return dict(told) if told.get("sub") == subject else {}

    async def _describe(self) -> Mapping[str, Any]:
        issuer = self.registered.issuer
        answer = await self._send("GET", issuer.rstrip("/") + _WELL_KNOWN, {"Accept": "application/json"})
        about = _object_in(answer) if answer.accepted else {}
        if about.get("issuer") != issuer:
            raise ProviderAwayError("The provider does not describe itself as the issuer that is set up here")
        if not all(isinstance(about.get(each), str) and self._is_sound(about[each]) for each in _ENDPOINTS):
            raise ProviderAwayError("The provider's description of itself lacks an endpoint, or has one without https")
        return about

    async def _read_keys(self) -> Mapping[str, Any]:
        answer = await self._send("GET", (await self._about.get())["jwks_uri"], {"Accept": "application/json"})
        listed = _object_in(answer).get("keys") if answer.accepted else None
        if not isinstance(listed, list):
            raise ProviderAwayError("The provider does not tell its keys")
        return {"keys": keys_of(listed)}

    def _is_sound(self, url: str) -> bool:
        try:
            check_url(url, self._allowance)
        except AddressRefusedError:
            return False
        return True

    async def _send(self, method: Any, url: str, headers: Mapping[str, str], body: bytes = b"") -> Sent:  # noqa: ANN401 - the sender's own
        async with Sender(now=self._now, allowance=self._allowance, bounds=BOUNDS) as sender:
            answer = await sender.send(url, body, headers, method=method)
        if isinstance(answer, Failed):
            raise ProviderAwayError(f"The provider of your company's accounts does not answer. {answer.reason}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise ProviderAwayError(f"The provider of your company's accounts answers with status {answer.status}")
        return answer


class _Kept:
    """What was asked for once an hour at most, by one for all who want it meanwhile."""

    def __init__(self, ask: Callable[[], Any], ticks: Callable[[], float]) -> None:
        self._ask = ask
        self._ticks = ticks
        self._found: Mapping[str, Any] | None = None
        self._until = 0.0
        self._asking: asyncio.Task[Mapping[str, Any]] | None = None

    async def get(self, *, anew: bool = False) -> Mapping[str, Any]:
        """What was found, within the hour unless it is wanted anew."""
        if self._found is not None and self._ticks() < self._until and not anew:
            return self._found
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
            self._asking.add_done_callback(self._keep)
        return await asyncio.shield(self._asking)

    def _keep(self, asked: asyncio.Task[Mapping[str, Any]]) -> None:
        self._asking = None
        if not asked.cancelled() and asked.exception() is None:
            self._found, self._until = asked.result(), self._ticks() + BELIEVED_SECONDS


def _object_in(answer: Sent) -> Mapping[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ProviderAwayError("The provider's answer is no JSON object")
    return found
