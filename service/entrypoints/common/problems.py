"""Problems (RFC 9457): every error as ``application/problem+json``, with a stable type and the fields at fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, NotRequired, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from service.domain.errors import DomainError
from service.domain.policies import Policies
from service.domain.policy import AnyPolicy
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.reasons import reason
from service.store.errors import StoreError

Found = TypeVar("Found")
MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100
_LONGEST_POINTER = 200

# code -> (status, title, seconds after which to try again); the first code of a status is its example
KNOWN: dict[str, tuple[int, str, int | None]] = {
    "malformed_json": (400, "The body is not JSON", None),
    "malformed_payload": (400, "The payload is not what its sender promises", None),
    "malformed_request": (400, "The request is not HTTP/1.1", None),
    "invalid_request": (422, "The request is not valid", None),
    "no_policy_in_force": (422, "No policy was in force", None),
    "unroutable_account": (422, "No rule covers the account", None),
    "day_to_come": (422, "The day has not come yet", None),
    "not_a_changeover": (422, "The day is no quarter changeover", None),
    "revision_not_in_force": (422, "The policy revision is not in force", None),
    "invalid_evidence": (422, "The evidence does not fit the handoff", None),
    "address_refused": (422, "Nothing is sent to that URL", None),
    "nothing_to_apply": (422, "No account stands under the policy", None),
    "nothing_changes": (422, "The draft changes nothing", None),
    "unusable_period": (422, "The policy cannot hold for that period", None),
    "faulty_policy": (422, "The draft has a fault", None),
    "salesforce_not_configured": (422, "No Salesforce organization is set up", None),
    "overlapping_period": (422, "Two periods overlap", None),
    "manager_circle": (422, "The managers make a circle", None),
    "several_people": (422, "Several people fit", None),
    "rank_incomplete": (422, "The rank lacks something", None),
    "invalid_answer": (422, "The answer names a team that receives no handoff", None),
    "unauthenticated": (401, "A valid API key is needed", None),
    "forbidden": (403, "The API key lacks the scope", None),
    "not_found": (404, "There is no such thing", None),
    "bad_signature": (401, "The request is not signed by its sender", None),
    "wrong_organization": (403, "The message is of another organisation", None),
    "second_person_needed": (403, "Another key has to do this", None),
    "wrong_side": (403, "The step belongs to the other side", None),
    "webhook_not_set_up": (404, "This webhook is not set up", None),
    "unknown_item": (404, "The checklist has no such item", None),
    "method_not_allowed": (405, "The method is not allowed here", None),
    "not_acceptable": (406, "No such representation", None),
    "body_too_slow": (408, "The body took too long", None),
    "request_too_slow": (408, "The request took too long", None),
    "idempotency_key_in_flight": (409, "The first request is still under way", 1),
    "review_closed": (409, "The review is not open", None),
    "dispute_open": (409, "The account has an open dispute", None),
    "not_a_dispute": (409, "The review is no dispute", None),
    "nothing_to_revise": (409, "Nothing was decided yet", None),
    "standing_changed": (409, "The account was decided anew meanwhile", None),
    "event_not_rejected": (409, "The event is not rejected", None),
    "payload_forgotten": (409, "What was sent is kept no longer", None),
    "handoff_under_way": (409, "The account is being handed over", None),
    "not_first_order": (409, "MMKAFO does not own the account", None),
    "handoff_exists": (409, "The opportunity has its handoff already", None),
    "handoff_closed": (409, "The handoff is closed", None),
    "not_escalated": (409, "The receiver is not in question", None),
    "already_ticked": (409, "The item is ticked already", None),
    "not_ticked": (409, "The item is not ticked", None),
    "awaits_answer": (409, "The receiver is in question", None),
    "not_completed": (409, "The handoff is not completed", None),
    "not_the_owner": (409, "Somebody else owns the account", None),
    "top_ten_full": (409, "The top places are taken", None),
    "application_under_way": (409, "A policy is being applied", None),
    "draft_published": (409, "The draft was published already", None),
    "draft_withdrawn": (409, "The draft was withdrawn", None),
    "nothing_to_roll_back": (409, "There is no revision to go back to", None),
    "draft_outdated": (409, "Another revision was published since", None),
    "subscriber_ended": (409, "The subscriber ended", None),
    "subscriber_not_enabled": (409, "Nothing is sent to the subscriber", None),
    "no_signing_secret": (409, "Nothing is signed for the subscriber", None),
    "delivery_pending": (409, "The delivery is still on its way", None),
    "unknown_revision": (409, "The policy revision is not on record here", None),
    "not_sealed": (409, "The decision is not sealed yet", 2),
    "body_too_large": (413, "The body is too large", None),
    "unsupported_media_type": (415, "The body is of another media type", None),
    "idempotency_key_reused": (422, "The idempotency key was used for another request", None),
    "too_many_requests": (429, "The key makes too many requests", None),
    "too_many_exports": (429, "Too many exports are under way", 5),
    "headers_too_large": (431, "The headers are too large", None),
    "store_unavailable": (503, "The database cannot do this now", 2),
    "store_busy": (503, "Too much is waiting", 1),
    "stopping": (503, "The service is about to stop", 5),
    "schema_behind": (503, "The database has another schema", 10),
    "internal_error": (500, "Something went wrong here", None),
}
_CODES_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}
_CHALLENGES = {"unauthenticated": 'Bearer realm="chalkline"', "bad_signature": 'Signature realm="chalkline"'}
"""What a request is to be authenticated by, where it was not: a key, or the signature of a webhook's sender."""


class FieldErrorBody(TypedDict):
    """A field at fault."""

    pointer: Annotated[str, Field(description="A JSON Pointer into the body, or the name of a parameter.")]
    detail: Annotated[str, Field(description="What is wrong with it.")]


class Problem(TypedDict):
    """An error (RFC 9457). `type` is stable; `errors` names the fields at fault."""

    type: Annotated[str, Field(description="What went wrong, for programs: `urn:chalkline:problem:` and a code.")]
    title: Annotated[str, Field(description="The same for people.")]
    status: Annotated[int, Field(description="The status of the answer.")]
    detail: Annotated[str, Field(description="What went wrong this time.")]
    instance: Annotated[str, Field(description="The request, by its identifier.")]
    errors: NotRequired[Annotated[list[FieldErrorBody], Field(description="The fields at fault, where some are.")]]


@dataclass(frozen=True, slots=True)
class FieldError:
    """A field at fault: a JSON Pointer into the body, or the name of a query parameter or header, and why."""

    pointer: str
    detail: str


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that cannot be answered as asked. ``code`` is one of ``KNOWN``."""

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def known(found: Found | None, what: str, named: object) -> Found:
    """What was looked for by a name that the caller gave.

    Raises:
        ProblemError: there is none.
    """
    if found is None:
        raise ProblemError("not_found", f"There is no {what} {named}")
    return found


def known_revision(policies: Policies, policy_id: str, version: int | None = None) -> AnyPolicy:
    """A published revision of a policy that the caller named: the newest, where no version is.

    Raises:
        ProblemError: there is none.
    """
    found = policies.newest(policy_id) if version is None else policies.revision(policy_id, version)
    if found is None:
        named = policy_id if version is None else f"{policy_id} revision {version}"
        raise ProblemError("not_found", f"There is no policy {named}")
    return found


def problem_body(code: str, detail: str, instance: str, errors: Sequence[FieldError] = ()) -> Problem:
    """The problem as an object."""
    status, title, _ = KNOWN[code]
    body: Problem = {
        "type": f"urn:chalkline:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
    }
    if errors:
        body["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in errors[:MOST_ERRORS]]
    return body


def problem_response(request: Request, error: ProblemError) -> Response:
    """The problem as an answer."""
    status, _, retry_after = KNOWN[error.code]
    headers = dict(error.headers)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if error.code in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[error.code]
    body = problem_body(error.code, error.detail, instance_of(request), error.errors)
    return Response(to_json(body), status, headers, MEDIA_TYPE)


def instance_of(request: Request) -> str:
    """What names this occurrence: the identifier of the request."""
    return f"urn:chalkline:request:{request.state.request_id}"


def problem_of(error: DomainError | StoreError, prefix: str = "") -> ProblemError:
    """What the caller is told of an error of the rules or of the store, about a request that stood at ``prefix``."""
    detail = str(error)
    if isinstance(error, DomainError) and error.pointer is not None:
        return ProblemError(error.code, detail, [FieldError(prefix + error.pointer, detail)])
    return ProblemError(error.code, detail)


def field_errors(details: Sequence[ErrorDetails], prefix: str = "") -> list[FieldError]:
    """What Pydantic found, field by field."""
    return [FieldError(pointer_to(found["loc"], prefix), reason(found)) for found in details]


def invalid_request(errors: list[FieldError], count: int | None = None) -> ProblemError:
    """A request whose fields are at fault: ``count`` of them, where not all are told."""
    first, others = errors[0], (count or len(errors)) - 1
    more = f" (and {others} more)" if others else ""
    return ProblemError("invalid_request", f"{first.pointer or 'The body'}: {first.detail}{more}", errors)


def pointer_to(location: Sequence[str | int], prefix: str = "") -> str:
    """The JSON Pointer of a place in a body, cut where it would be very long."""
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return (prefix + pointer)[:_LONGEST_POINTER]


async def on_problem(request: Request, error: ProblemError | DomainError | StoreError) -> Response:
    """Answer an error of our own families."""
    return problem_response(request, error if isinstance(error, ProblemError) else problem_of(error))


async def on_invalid_parameters(request: Request, error: RequestValidationError) -> Response:
    """Answer a query parameter, path parameter or header that is not valid."""
    errors = [FieldError(name_of(found["loc"]), reason(found)) for found in error.errors()]
    return problem_response(request, invalid_request(errors))


def name_of(location: Sequence[str | int]) -> str:
    """The name of a parameter or header; of one that is repeated, whichever of its values is at fault."""
    return str(next((part for part in reversed(location) if isinstance(part, str)), location[-1]))


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """Answer what the framework refuses: no such path, no such method, a body that is too large."""
    code = _CODES_BY_STATUS.get(error.status_code)
    if code is None:
        code = "internal_error" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_allowed(request)) or headers.get("Allow", "")}
    return problem_response(request, ProblemError(code, KNOWN[code][1], headers=headers))


def _allowed(request: Request) -> list[str]:
    """The methods of a path: of all its operations, where the framework names those of the first alone."""
    path = getattr(request.scope.get("route"), "path", "")
    methods = set(request.app.state.operations.get(path, ()))
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)
