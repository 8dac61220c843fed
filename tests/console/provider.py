"""An identity provider of a company, for tests: a real one on a port of its own, whose people tests make up."""

import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
from werkzeug.serving import BaseWSGIServer, make_server

from service import wiring
from service.delivery.addresses import NOTHING_MORE
from service.delivery.identities import Registration
from service.delivery.identity_provider import IdentityProvider
from service.domain.access import Access
from service.domain.keys import Scope
from service.domain.terms import Team
from service.store.database import Database
from service.usecases.sign_in import SignInDesk
from service.usecases.single_sign_on import SingleSignOn
from tests.api import Api
from tests.application import Clock
from tests.console.visiting import Person

ACCESS = {
    "leads": Access(scopes=frozenset({Scope.READ, Scope.REVIEW})),
    "first-order": Access(scopes=frozenset({Scope.READ, Scope.HANDOFF}), team=Team.MMKAFO),
}
LEAD = {"groups": ["everybody", "leads"]}
SIGN_ON = "/console/single-sign-on"


@dataclass
class Provider:
    """``tampered`` changes what a request for a token brings along, in WSGI's terms; ``asked`` are all paths so far.

    ``told_apart`` is what it tells of somebody when it is asked for that with the token, where there is any.
    """

    server: BaseWSGIServer
    http: httpx.Client
    tampered: dict[str, str] = field(default_factory=dict)
    told_apart: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        """What names it."""
        return str(self.http.base_url).rstrip("/")

    def knows(self, subject: str, **claims: object) -> None:
        """Have it know somebody."""
        self.http.put(f"/users/{subject}", json=claims).raise_for_status()

    def signs_on(self, desk: SignInDesk, database: Database, clock: Clock) -> SingleSignOn:
        """The way in through it."""
        registered = Registration(issuer=self.issuer, client_id="chalkline", client_secret="a secret of tests")
        return SingleSignOn(
            provider=IdentityProvider(registered, NOTHING_MORE, clock, clock.ticks),
            access=ACCESS,
            desk=desk,
            database=database,
            clock=clock,
            today=lambda: clock().date(),
        )


@contextmanager
def providing(*, tokens_last: timedelta = timedelta(hours=1)) -> Iterator[Provider]:
    """Run a provider. Its clock is the machine's."""
    with warnings.catch_warnings(record=True):  # it is made of what its libraries will not have for ever
        warnings.simplefilter("ignore")
        import oidc_provider_mock  # noqa: PLC0415 - most tests of the console need none
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    provider: Provider

    def asked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        provider.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/oauth2/token":
            environ |= provider.tampered
        if environ["PATH_INFO"] == "/userinfo" and provider.told_apart:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(provider.told_apart).encode()]
        answered: Iterable[bytes] = app.wsgi_app(environ, start_response)
        return answered

    app = oidc_provider_mock.app(require_nonce=True, access_token_max_age=tokens_last)
    app.debug = False
    server = make_server("127.0.0.1", 0, asked, threaded=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as http:
        provider = Provider(server, http)
        thread = threading.Thread(target=server.serve_forever, args=[0.02], name="provider")
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Colleague(Person):
    """Somebody with a browser and an account with the provider."""

    def __init__(self, api: Api, provider: Provider, subject: str) -> None:
        super().__init__(api)
        self.provider = provider
        self.subject = subject

    def leave(self, path: str = SIGN_ON) -> str:
        """Where the service sends the browser, which is to the provider."""
        left = self.http.get(path)
        assert left.status_code == 303, left.text
        return left.headers["location"]

    def agree(self, url: str, **changed: str) -> str:
        """Where the provider sends the browser back to, once somebody has signed in there."""
        answer = self.provider.http.post(with_query(url, **changed), data={"sub": self.subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def come_back(self, url: str) -> httpx.Response:
        """What the service answers."""
        return self.http.get(url)

    def sign_on(self, path: str = SIGN_ON) -> httpx.Response:
        """There and back."""
        return self.come_back(self.agree(self.leave(path)))


def asked_of(url: str) -> dict[str, str]:
    """What the query of a URL asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def with_query(url: str, **changed: str) -> str:
    """A URL with some of what its query asks for changed, or with nothing taken out."""
    parts = urlsplit(url)
    asked = {name: value for name, value in (dict(parse_qsl(parts.query)) | changed).items() if value}
    return urlunsplit(parts._replace(query=urlencode(asked)))


def machine_clock() -> Clock:
    """A clock that begins when the provider's does."""
    return Clock(wiring.now())
