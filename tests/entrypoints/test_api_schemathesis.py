"""Generated requests, valid and not, to every operation of the published document: each is answered as published.

``CHALKLINE_EXAMPLES=300`` asks for more of them than an ordinary run does.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation import GenerationMode
from sqlalchemy import text

from service.domain.keys import Scope
from service.usecases.read_payload import EventSource
from tests.api import Api, serving
from tests.builders import request
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints import signing
from tests.inbox.conftest import SET_UP

EXAMPLES = int(os.environ.get("CHALKLINE_EXAMPLES", "1"))
_DRAWN_ALONE = {"coverage": {"enabled": False}}
"""Every part of a request in turn is tried where more examples are asked for, and but once: what the edge refuses, it
refuses before any database."""

# What the rules refuse though its shape is right, which a schema cannot say: the code, or a part of the sentence.
REFUSED_BY_CODE = {
    "unroutable_account",
    "no_policy_in_force",
    "idempotency_key_reused",
    "day_to_come",
    "not_a_changeover",
    "invalid_evidence",
    "address_refused",
    "salesforce_not_configured",
    "nothing_changes",
    "unusable_period",
    "faulty_policy",
    "overlapping_period",
    "manager_circle",
}
# Of a count that is text, such as "201-500", a schema says but roughly how it is written.
REFUSED_BY_RULE = (
    "There is no such fact",
    "has not come yet",
    "valid integer",
    "less than or equal to 100000000",
    "greater than or equal to 1",
    "may have a fraction or thousands",
    "range",
    "(SEG-3)",
    "(SEG-4)",
    "(SEG-6",
    "(ROUTE-2)",
    "is given more than once",
    "years 1 to 9999",
    "digits in total",  # of money
    "decimal places",
    "digits before the decimal point",
    "Say why the item is reopened",  # in the query or in the body
    "Standings are as of now",
    "at least 10 characters",  # that are not blanks
    "reviews of more than one kind",
    "Name a segment, or reject a dispute",
    "A segment revises what was decided",
    "It ends before it begins",
    "There is no such time zone",
    "lies before the first one",  # of the days of the calendar
    "There are more than 1,100 days",
    "is not of a page before",
    "A rank needs ",
    "An SMB account of rank ",
    "a note says that it stays",
    "is not an id: its last three characters",
    "A webhook has a url",
    "There is no such duty",
    "has no such item",
    "this policy has no such parameter",
    "duties need the opportunity and its account",
    "The ledger has fewer entries",
    "It is more than `to`",
    "Salesforce has neither a url nor fields",
)

CONFIG: dict[str, Any] = {
    "seed": 1,
    "request-timeout": 120,
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    "checks": {
        "enabled": True,
        # 422 is held to the reasons above by a check of our own. 404: an identifier that nobody has. 409: a review that
        # was resolved before, or a key that is in flight.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "406", "409", "422"]},
    },
    "operations": [
        {
            # A batch is answered with 200, and each item in it for itself: see the check below.
            "include-path": "/v1/classifications/batch",
            "checks": {"negative_data_rejection": {"expected-statuses": ["200", "400", "401", "409", "415", "422"]}},
        },
        *signing.OPERATIONS,
    ],
}


@schemathesis.check
def refused_for_what_no_schema_can_say(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """A request of the right shape is refused only for the rules' own reasons."""
    del ctx
    generated = case.meta.generation.mode if case.meta is not None else None
    if generated is not GenerationMode.POSITIVE or response.status_code != 422:
        return
    problem = response.json()
    if "null" in case.path_parameters.values():
        return  # the identifier of an earlier answer to a dry run, which has none
    if case.operation.path.endswith("/items/{item}") and case.method.upper() == "PUT":
        return  # of the forms of evidence, the item takes its own
    reasons = [error["detail"] for error in problem.get("errors", [])]
    known = problem["type"].rpartition(":")[2] in REFUSED_BY_CODE
    assert known or all(any(rule in reason for rule in REFUSED_BY_RULE) for reason in reasons), problem


@schemathesis.check
def a_bad_item_of_a_batch_is_refused(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """A batch whose body is not as published has an item that is refused."""
    del ctx
    body = None if case.meta is None else case.meta.components.get(ParameterLocation.BODY)
    if body is not None and body.mode is GenerationMode.NEGATIVE and case.operation.path.endswith("/batch"):
        results = response.json().get("results", [])
        assert response.status_code != 200 or 422 in [result["status"] for result in results]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The running service over a database of each kind, with every webhook set up."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url, inbound=replace(SET_UP, organization_id=None)) as served:
        yield served


@pytest.mark.slow
@pytest.mark.usefixtures("linted_once")
def test_every_generated_request_is_answered_as_published(api: Api) -> None:
    opened = api.classify(request(df=12, wrong={"df": "Counts one office"}, third=[640]))
    document = api.http.get("/openapi.json").json()
    auth = {"openapi": {"ApiKey": {"bearer": _key(api)}}}
    phases = {} if EXAMPLES > 1 and api.database.engine.dialect.name == "sqlite" else _DRAWN_ALONE
    config = schemathesis.Config.from_dict(CONFIG | {"auth": auth, "phases": phases})
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json", config=config)

    with signing.signed_at(api.clock):
        events_seen = list(from_schema(schema).execute())

    assert [source for source in EventSource if not api.get("/v1/events", source=source)["items"]] == []
    failures = list(_failures(events_seen))
    assert not failures, "\n\n".join(failures)
    tried = {interaction.label for interaction in _scenarios(events_seen)}
    assert tried >= {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert [line for line in api.logged if line["event"] == "fault"] == []
    assert api.get(f"/v1/decisions/{opened['id']}") == opened
    with api.database.engine.connect() as connection:
        orphans = connection.scalar(
            text("SELECT count(*) FROM accounts a LEFT JOIN decisions d ON d.id = a.decision_id WHERE d.id IS NULL")
        )
    assert orphans == 0


def _key(api: Api) -> str:
    return api.key("schemathesis", *Scope)["Authorization"].removeprefix("Bearer ")


def _scenarios(seen: list[events.EngineEvent]) -> Iterator[Any]:
    return (event.recorder for event in seen if isinstance(event, events.ScenarioFinished))


def _failures(seen: list[events.EngineEvent]) -> Iterator[str]:
    for event in seen:
        if isinstance(event, events.FatalError):
            yield f"{event.exception!r}"
        if isinstance(event, events.NonFatalError):
            yield f"{event.label}: {event.value!r}"
    for recorder in _scenarios(seen):
        for checks in recorder.checks.values():
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    told = check.failure_info
                    yield f"{recorder.label} {check.name}: {told.failure} {told.code_sample}"
