"""How a page is answered: made of a template, under headers that let it load nothing but what is ours."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.crm.payloads import printable
from service.domain.errors import DomainError
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import KNOWN, FieldError, ProblemError, invalid_request, name_of, problem_of
from service.entrypoints.common.reasons import reason
from service.entrypoints.console.frame import frame_of
from service.entrypoints.console.visitors import NotSignedInError, RenewalNeededError
from service.store.errors import StoreError

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _shown(value: object) -> object:
    """What is printed: of text, what cannot be seen as its escape, for it might turn around what stands behind it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(map(printable, value.split("\n")))


_TEMPLATES = Environment(
    loader=PackageLoader("service.entrypoints.console"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
STATUSES = KNOWN | {
    "foreign_form": (403, "The form is not taken", None),
    "idempotency_key_reused": (422, "The form was sent before", None),
    "link_spent": (410, "The link is spent", None),
    "key_name_taken": (409, "The name is taken", None),
}
"""The status, title and seconds to wait of each problem, those that pages alone have among them."""
_ADVICE: Mapping[int | str, str] = {
    "foreign_form": "Open the page again, and send its form from there. Nothing was recorded.",
    "idempotency_key_reused": "Look at what is there now, and open the page of the form again to send another.",
    401: "Sign in again.",
    403: "Whoever makes the keys, or looks after your groups, can give you that scope.",
    404: "It may be written otherwise. Look for an account by its name, or a part of it.",
    422: "Change what is named, and send it again. Nothing was recorded.",
    429: "Wait for so long, and load the page again.",
    500: "Nothing was recorded, or it was recorded whole. The log has this request, by the number below.",
    503: "Nothing half-written is left. Load the page again in a moment.",
}


class PageRoute(CheckedRoute):
    """A page. What a form left empty is not asked for; what goes wrong is answered with a page that says so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            _drop_what_is_empty(request)
            try:
                answer = await handle(request)
            except NotSignedInError:
                answer = _to_sign_in(request)
            except RenewalNeededError:
                answer = see(query("/console/single-sign-on", next=_asked(request), silent="true"))
            except Exception as error:  # noqa: BLE001 - whatever it is, a person reads it
                answer = error_page(request, error)
            answer.headers.update(HEADERS)
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        return answered


def page(request: Request, template: str, title: str, view: Mapping[str, object], status: int = 200) -> Response:
    """Answer a page: a template with what it prints."""
    frame = frame_of(request, title)
    return HTMLResponse(_TEMPLATES.get_template(template).render(frame=frame, **view), status)


def see(path: str) -> Response:
    """Send the browser to a page of the console, after it has posted."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def query(path: str, **asked: object) -> str:
    """A path with what is asked for; what is None is not."""
    given = {name: value for name, value in asked.items() if value is not None and value != []}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def segment(text: object) -> str:
    """A text as a segment of a path."""
    return quote(str(text), safe="")


def error_page(request: Request, error: Exception) -> Response:
    """What went wrong, what it means, and what to try."""
    problem = _problem_of(request, error)
    status, title, retry_after = STATUSES[problem.code]
    view = {
        "status": status,
        "detail": problem.detail,
        "errors": problem.errors,
        "advice": _ADVICE.get(problem.code, _ADVICE.get(status, "")),
        "request_id": request.state.request_id,
        "near": getattr(problem, "near", ()),
    }
    answer = page(request, "error.html", title, view, status)
    answer.headers.update(problem.headers)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def problem_for(error: DomainError | StoreError) -> ProblemError:
    """The problem that an error is, in words of pages: somebody who sends a form knows of no key that it carries."""
    problem = problem_of(error)
    if problem.code == "idempotency_key_reused":
        return ProblemError(problem.code, "This form was sent before, with something else in it, and that was done")
    return problem


def _problem_of(request: Request, error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case DomainError() | StoreError():
            return problem_for(error)
        case RequestValidationError():
            return invalid_request([FieldError(name_of(each["loc"]), reason(each)) for each in error.errors()])
        case _:
            context_of(request).log_fault(request.state.request_id, error)
            return ProblemError("internal_error", "Something went wrong here")


def _to_sign_in(request: Request) -> Response:
    asked = _asked(request) if request.method in {"GET", "HEAD"} else "/console"
    return see(query("/console/sign-in", next=None if asked == "/console" else asked))


def _asked(request: Request) -> str:
    """The page that is asked for, as a link to it."""
    asked: str = request.scope["path"].removeprefix(context_of(request).root_path)
    return f"{asked}?{sent.decode('latin-1')}" if (sent := request.scope["query_string"]) else asked


def _drop_what_is_empty(request: Request) -> None:
    """Take out of the query what a form left empty."""
    asked: bytes = request.scope["query_string"]
    if b"=&" in asked or asked.endswith(b"="):
        pairs = parse_qsl(asked.decode("latin-1"), keep_blank_values=False, encoding="latin-1")
        request.scope["query_string"] = urlencode(pairs, encoding="latin-1").encode()
