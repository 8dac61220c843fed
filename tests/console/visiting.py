"""A person at the console, for tests: signs in over HTTP as a browser would, and sends the forms of pages."""

import re
from html import unescape
from typing import Self

import httpx

from service import wiring
from service.domain.keys import Scope
from tests.api import Api

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class Person:
    """Somebody with a browser. What they look at is followed as a browser would."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.http = httpx.Client(base_url=api.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page, with characters as they are shown."""
        answer = self.http.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return unescape(answer.text)

    @staticmethod
    def shown(answer: httpx.Response) -> str:
        """The text of an answer, with characters as they are shown."""
        return unescape(answer.text)

    def post(self, path: str, page: str = "/console/me", **form: str) -> httpx.Response:
        """Send a form from a page, which has what tells it from others, as that of any page has."""
        found = TOKEN.search(self.http.get(page).text)
        carried = {"form_token": found[1] if found else "", "once": str(wiring.new_id())}
        return self.http.post(path, data=carried | form)

    def sign_in(self, name: str, *scopes: Scope, days: int = 365) -> Self:
        """Sign in with a new key, which has every scope unless some are named."""
        key = self.api.key(name, *scopes, days=days)["Authorization"].removeprefix("Bearer ")
        answer = self.post("/console/sign-in", "/console/sign-in", key=key)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console"), answer.text
        return self
