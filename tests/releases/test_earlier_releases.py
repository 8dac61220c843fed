"""What an earlier release recorded is migrated, explained and replayed word for word as it was then."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from service.domain.fy23 import fy23
from service.domain.parts import Route, Step
from service.domain.policies import Policies
from service.domain.policy import Policy
from service.domain.vocabulary import customer
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.programs import reordered, with_program, with_routes
from tests.releases.record import decisions_of, gaps
from tests.releases.recording import Recording
from tests.releases.restored import changes, restored
from tests.releases.walk import walked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("linted_once")]

HERE = Path(__file__).parent
RELEASES = sorted(path.parent.name for path in HERE.glob("*/answers.json"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_recorded_is_answered_as_it_was(release: str, kind: str, request: pytest.FixtureRequest) -> None:
    name = "sqlite_databases" if kind == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    recording = Recording.read(HERE / release)

    with restored(recording, kind, databases) as api:
        found = [each for each in changes(recording, api) if not re.search(OF_WHAT_IS_IN_FORCE, each)]

    assert not found, "\n".join([f"{len(found)} changes", *found[:20]])


def test_a_walk_leaves_out_nothing_that_a_decision_can_say(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, walked(url) as api:
        assert gaps(decisions_of(api)) == set()


@pytest.mark.parametrize("release", RELEASES)
def test_a_recording_is_written_as_it_was_read(release: str, tmp_path: Path) -> None:
    Recording.read(HERE / release).write(tmp_path)

    for written in tmp_path.iterdir():
        assert written.read_bytes() == (HERE / release / written.name).read_bytes()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("release", RELEASES[-1:])
def test_it_is_answered_so_after_the_order_a_reading_a_citation_and_the_words_have_changed(
    release: str, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "sqlite_databases" if kind == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    recording = Recording.read(HERE / release)
    monkeypatch.setattr("service.store.policy_cache.BUILT_IN", Policies((read_otherwise(fy23()),)))
    monkeypatch.setattr("service.domain.drafts.fy23", lambda *given, **named: read_otherwise(fy23(*given, **named)))

    with restored(recording, kind, databases) as api:
        found = [each for each in changes(recording, api) if not re.search(OF_WHAT_IS_IN_FORCE, each)]
        now = api.http.post("/v1/classifications?dry_run=true", json=LED_BY_BOTH).json()

    assert not found, "\n".join([f"{len(found)} changes", *found[:20]])
    # The changed program is the one in force: Zoominfo is asked before Datafox.
    assert (now["leading_source"], now["summary"]) == ("zoominfo", "So it is: Key Accounts First Order.")


OF_WHAT_IS_IN_FORCE = r"^/v1/policies|/replay /(agrees|under_policy_in_force)|^/v1/conduct/\S+ /flag"
"""What is answered of the policy in force, by which the decisions were not recorded; both have to agree. What conduct
comes to is no decision: it is judged when it is asked.
"""
LED_BY_BOTH = {
    "account": {"id": "new", "region": "EMEA", "crm_created_on": "2021-06-01"}
    | {"first_order_available": True, "customer": False, "max_family_employees": 640},
    "employee_counts": [{"source": "datafox", "employees": 700}, {"source": "zoominfo", "employees": 640}],
    "effective_on": "2022-03-15",
}


def read_otherwise(policy: Policy) -> Policy:
    """The policy with another order, another reading of a customer, another citation, and other words."""
    changed = reordered(policy)
    routes = [
        _any_customer(route) if route.when.rule == "ROUTE-2" else route for route in changed.program.routes.routes
    ]
    texts = dict(changed.program.texts) | {"decided": "So it is: $team."}
    return with_program(with_routes(changed, routes), texts=texts)


def _any_customer(route: Route) -> Route:
    when, cited = route.when, replace(route.when.citation, gist="whoever is a customer")
    return replace(route, when=Step(when.rule, when.part, "Whoever is a customer", customer.holds, cited))
