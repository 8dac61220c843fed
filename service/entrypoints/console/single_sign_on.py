"""Sign in with the company's identity provider: a browser is sent there, and comes back."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.delivery.identities import NotIdentifiedError, ProviderAwayError
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.pages import PageRoute, see
from service.entrypoints.console.sign_in import Wanted, show_form
from service.entrypoints.console.visitors import COOKIE, give_cookie, safe_next
from service.usecases.single_sign_on import ATTEMPT_LASTS, Journey, NoAccessError, NotBegunHereError, SingleSignOn


class BackRoute(PageRoute):
    """A page that providers send browsers to. What they tell beyond what is asked of them here is passed over."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            told = parse_qsl(request.scope["query_string"].decode("latin-1"))
            asked = [(name, value) for name, value in told if name in Came.model_fields]
            request.scope["query_string"] = urlencode(asked).encode()
            return await handle(request)

        return answered


router = APIRouter(route_class=PageRoute, include_in_schema=False)
back = APIRouter(route_class=BackRoute, include_in_schema=False)
PLACE = "/console/single-sign-on"
LEFT = "chalkline_sign_on"
"""The cookie of a browser that was sent to the provider and is not back yet."""
_LONGEST = 4096


class Leaving(Wanted):
    """Where somebody was going; ``silent`` where they are signed in, and only their groups are asked for anew."""

    silent: bool = False


class Came(BaseModel):
    """What the provider sends a browser back with. Without a code it did not sign anybody in."""

    state: str = Field("", max_length=_LONGEST)
    code: str = Field("", max_length=_LONGEST)


@router.get(PLACE)
async def leave(request: Request, asked: Annotated[Leaving, Query()]) -> Response:
    """Send the browser to the provider."""
    wanted = safe_next(asked.next)
    try:
        left = await _sign_on(request).leave(_callback(request), wanted, silent=asked.silent)
    except ProviderAwayError as error:
        return await show_form(request, wanted, remark=str(error), status=503)
    answer = RedirectResponse(left.url, 303)
    give_cookie(request, answer, left.cookie, name=LEFT, lasts=ATTEMPT_LASTS)
    return answer


@back.get(f"{PLACE}/callback")
async def arrive(request: Request, came: Annotated[Came, Query()]) -> Response:
    """Sign in who comes back, and go where they were going."""
    sign_on = _sign_on(request)
    try:
        journey = sign_on.journey(request.cookies.get(LEFT, ""), came.state)
    except NotBegunHereError as error:
        return await show_form(request, "/console", remark=str(error), status=401)
    answer = await _arrived(request, sign_on, journey, came)
    give_cookie(request, answer, None, name=LEFT)
    return answer


async def _arrived(request: Request, sign_on: SingleSignOn, journey: Journey, came: Came) -> Response:
    wanted, before = safe_next(journey.wanted), request.cookies.get(COOKIE, "")
    try:
        arrived = await sign_on.arrive(journey, _callback(request), came.code, before)
    except ProviderAwayError as error:
        return await show_form(request, wanted, remark=str(error), status=503)
    except NotIdentifiedError as error:
        if not journey.silent:
            return await show_form(request, wanted, remark=str(error), status=401)
        await run_in_threadpool(context_of(request).desk.sign_out, before)
        remark = "The provider of your company's accounts asks you to sign in again"
        return await show_form(request, wanted, remark=remark, status=401)
    except NoAccessError as error:
        raise ProblemError("forbidden", str(error)) from error
    request.state.actor = arrived.name
    answer = see(wanted)
    give_cookie(request, answer, arrived.token)
    return answer


def _sign_on(request: Request) -> SingleSignOn:
    found = context_of(request).single_sign_on
    if found is None:
        raise ProblemError("not_found", "Signing in with an identity provider is not set up here")
    return found


def _callback(request: Request) -> str:
    """Where the provider sends a browser back to, as its own users reach the service."""
    context = context_of(request)
    origin = context.inbound.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{origin}{context.root_path}{PLACE}/callback"
