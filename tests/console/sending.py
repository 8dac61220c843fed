"""Send the forms of a page as a browser would: with everything that stands in them."""

import re
from html import unescape

import httpx

from tests.console.visiting import Person

_FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_BESIDE = re.compile(r'id="([^"]+)\.wrong">([^<]*)<')


def form_on(text: str, action: str) -> dict[str, str]:
    """What a form of a page carries that nobody types."""
    (found,) = [body for path, body in _FORM.findall(text) if unescape(path) == action]
    return {name: unescape(value) for name, value in _HIDDEN.findall(found)}


def send(person: Person, page: str, action: str, typed: dict[str, str]) -> httpx.Response:
    """Fill in a form of a page and send it."""
    return person.http.post(action, data=form_on(person.http.get(page).text, action) | typed)


def send_twice(person: Person, page: str, action: str, typed: dict[str, str]) -> tuple[httpx.Response, httpx.Response]:
    """The same form, sent again as somebody does who pressed twice."""
    form = form_on(person.http.get(page).text, action) | typed
    return person.http.post(action, data=form), person.http.post(action, data=form)


def wrong_beside(text: str) -> dict[str, str]:
    """What a page says is wrong with each field."""
    return {name: unescape(said) for name, said in _BESIDE.findall(text)}
