"""Generated requests to webhooks: signed where they have to be, and XML as it stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.hooks import unregister

from tests.application import Clock
from tests.inbox.client import EVENTS, HUBSPOT
from tests.inbox.messages import hubspot_headers, signed_headers

# A schema says of a webhook's body little more than its outermost shape: the rest is refused as malformed.
_TAKEN = {"positive_data_acceptance": {"expected-statuses": ["200", "400"]}}
_REFUSED = ["400", "401", "415", "422"]
OPERATIONS: list[dict[str, Any]] = [
    {
        # Each event of a list stands alone: one that is none is rejected in an answer of 200.
        "include-path": "/v1/webhooks/hubspot",
        "checks": _TAKEN | {"negative_data_rejection": {"expected-statuses": ["200", *_REFUSED]}},
    },
    {
        "include-path-regex": "^/v1/webhooks/",
        "checks": _TAKEN | {"negative_data_rejection": {"expected-statuses": _REFUSED}},
    },
]


@contextmanager
def signed_at(clock: Clock) -> Iterator[None]:
    """Sign what is sent to the webhooks that ask for it, each message under an id of its own."""
    numbers = count(1)

    def sign(sent: Any) -> Any:  # noqa: ANN401 - a prepared request
        body = sent.body.encode() if isinstance(sent.body, str) else (sent.body or b"")
        headers = hubspot_headers(body, clock()) | signed_headers(body, clock(), f"generated-{next(numbers)}")
        sent.headers.update({name: headers[name] for name in headers.keys() - {"Authorization", "Content-Type"}})
        return sent

    @schemathesis.hook("before_call")
    def before_call(context: Any, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:  # noqa: ANN401 - of schemathesis
        del context
        if case.operation.path in {EVENTS, HUBSPOT}:
            kwargs["auth"] = sign

    try:
        yield
    finally:
        unregister(before_call)


@schemathesis.serializer("application/xml", "text/xml")
def xml_as_it_stands(ctx: schemathesis.SerializationContext, value: object) -> bytes:
    """The text that was generated, without a tag around it."""
    del ctx
    return str(value).encode(errors="replace")


@schemathesis.check
def a_webhook_is_refused_for_its_payload_alone(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """A webhook refuses what has the right shape only as malformed, and answers for every event that it takes."""
    del ctx
    generated = case.meta.generation.mode if case.meta is not None else None
    if generated is not GenerationMode.POSITIVE or not case.operation.path.startswith("/v1/webhooks/"):
        return
    assert response.status_code in {200, 400}, response.text
    if response.status_code == 400:
        assert response.json()["type"] == "urn:chalkline:problem:malformed_payload", response.text
