"""Every page and every action refuses whoever lacks its scope: made from the routes that there are."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from service.domain.keys import Scope
from service.entrypoints.console.app import ROUTERS
from service.entrypoints.console.nowhere import get_nothing, refuse_method
from service.entrypoints.console.visitors import Acts, Needs
from tests.api import Api
from tests.console.visiting import Person

OPEN = {
    "GET /console/static/{name}",
    "GET /console/sign-in",
    "POST /console/sign-in",
    "GET /console/first-key/{link}",
    "POST /console/first-key/{link}",
    "GET /console/single-sign-on",
    "GET /console/single-sign-on/callback",
    "GET /console/",
}
"""What anybody may ask: nothing that is on record."""
ANY_KEY = {"GET /console/me", "POST /console/sign-out", "GET /console/glossary"}
"""What needs a key, whatever it may do."""
_ID = "0198c0de-0000-7000-a000-000000000001"
PLACES = {
    "account_id": "acc-1",
    "policy_id": "fy23",
    "on": "2026-02-01",
    "item": "introduced",
    "opportunity_id": "opp-1",
    "lead_id": "lead-1",
    "person_id": "ae-1",
    **dict.fromkeys(
        (
            *("decision_id", "draft_id", "application_id", "event_id", "retry_id", "delivery_id"),
            *("subscriber_id", "key_id", "matter_id", "review_id", "handoff_id"),
        ),
        _ID,
    ),
}


def needs(dependant: Dependant) -> Needs | None:
    """What a route asks of whoever asks."""
    found = [each.call for each in dependant.dependencies if isinstance(each.call, Needs)]
    return found[0] if found else None


ROUTES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.endpoint not in {get_nothing, refuse_method}
    for method in sorted(route.methods or ())
]
GUARDED = [(method, route.path, found) for method, route in ROUTES if (found := needs(route.dependant)) is not None]


def asked(method: str, path: str) -> str:
    return f"{method} {path}"


def test_what_is_open_and_what_takes_any_key_is_listed_here() -> None:
    unguarded = {asked(method, route.path) for method, route in ROUTES if needs(route.dependant) is None}
    any_key = {asked(method, path) for method, path, found in GUARDED if not found.scopes}

    assert unguarded == OPEN
    assert any_key == ANY_KEY


def test_whatever_changes_something_holds_its_form() -> None:
    held = {asked(method, path) for method, path, found in GUARDED if isinstance(found, Acts)}
    changing = {asked(method, route.path) for method, route in ROUTES if method != "GET"}

    assert held == changing - OPEN


@pytest.fixture(scope="module")
def scopeless(api: Api) -> Iterator[dict[frozenset[Scope], Person]]:
    """People who have every scope but some."""
    people: dict[frozenset[Scope], Person] = {}
    for number, scopes in enumerate({found.scopes for _, _, found in GUARDED if found.scopes}):
        people[scopes] = Person(api).sign_in(f"lacks-{number}", *(set(Scope) - scopes))
    yield people
    for each in people.values():
        each.http.close()


@pytest.mark.parametrize(("method", "path", "found"), GUARDED, ids=[asked(method, path) for method, path, _ in GUARDED])
def test_a_page_refuses_who_lacks_its_scope(
    api: Api, scopeless: dict[frozenset[Scope], Person], method: str, path: str, found: Needs
) -> None:
    path = path.format(**PLACES)
    with Person(api) as nobody:
        assert nobody.http.request(method, path).headers["location"].startswith("/console/sign-in")
    if not found.scopes:
        return
    answer = scopeless[found.scopes].http.request(method, path)

    assert answer.status_code == 403
    assert f"the scope {' or '.join(sorted(found.scopes))}" in answer.text


def test_the_navigation_shows_what_a_key_may_see(api: Api) -> None:
    with Person(api).sign_in("hooked", Scope.WEBHOOK) as somebody:
        page = somebody.get("/console/me")

    assert 'href="/console/glossary"' in page
    assert 'href="/console/decisions"' not in page
