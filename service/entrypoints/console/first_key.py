"""The link of the first start: a page whose button makes the first key of a person, and signs them in."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.visitors import COOKIE, form_of, give_cookie
from service.store.errors import LinkSpentError

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LinkPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@router.get("/console/first-key/{link}")
async def show_first_key(request: Request, link: LinkPath) -> Response:
    """What the button does. To look spends nothing."""
    context = context_of(request)
    if not await run_in_threadpool(context.desk.is_link, link):
        raise LinkSpentError("This link was used already, or is older than 15 minutes")
    given = request.cookies.get(COOKIE)
    request.state.cookie = given or context.desk.new_token()
    answer = page(request, "first_key.html", "Make your key", {"link": link})
    if given is None:
        give_cookie(request, answer, request.state.cookie)
    return answer


@router.post("/console/first-key/{link}")
async def make_first_key(request: Request, link: LinkPath) -> Response:
    """Make a key with every scope, show it once, and sign in with it."""
    form = await form_of(request)
    name = form.get("name", "").strip()
    if not _NAME.fullmatch(name):
        detail = "Give a name of letters, digits and . _ @ -, at most 64, beginning with a letter or a digit"
        raise invalid_request([FieldError("name", detail)])
    desk = context_of(request).desk
    issued = await run_in_threadpool(desk.follow_link, link, name)
    token = await run_in_threadpool(desk.sign_in, issued.stored)
    answer = page(request, "first_key_made.html", "Your key", {"key": issued.key, "name": name})
    give_cookie(request, answer, token)
    return answer
