"""Sign in with an API key, sign out, and who is signed in, by a key or by the identity provider."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.entrypoints.common.context import context_of
from service.entrypoints.console.pages import PageRoute, page, query, see
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import COOKIE, Acts, Needs, Visitor, form_of, give_cookie, safe_next
from service.entrypoints.console.words import team_words
from service.store.keys import ApiKey
from service.usecases.sign_in import IDLE_FOR

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SCOPES = {
    "admin": "run the service: keys, people, policies, subscribers",
    "audit": "see the ledger and acts of administration, and save receipts",
    "calendar": "see the forecast calendar",
    "classify": "have accounts decided, and report discoveries",
    "conduct": "see and record conduct matters",
    "dispute": "dispute a segment",
    "handoff": "hand over First Orders",
    "read": "look at accounts, decisions and what waits",
    "review": "decide reviews, as the VP of Commercial Sales",
    "webhook": "send events of a CRM",
}
"""What each scope lets somebody do."""


class Wanted(BaseModel):
    """Where somebody was going; ``left`` where they have just signed out."""

    next: str = ""
    left: bool = False


@router.get("/console/sign-in")
async def show_sign_in(request: Request, asked: Annotated[Wanted, Query()]) -> Response:
    """The form to sign in with. A browser that has no cookie yet gets one, which is nobody's."""
    return await show_form(request, safe_next(asked.next), left=asked.left)


@router.post("/console/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign in whoever has a key that works, under a new cookie, and go where they were going."""
    form = await form_of(request)
    context, wanted = context_of(request), safe_next(form.get("next", ""))
    key = form.get("key", "").strip()
    found = await context.authenticator.authenticate(key) if key else None
    if found is None:
        remark = "This key does not work: it is mistyped, expired or revoked."
        return await show_form(request, wanted, remark=remark, status=401)
    request.state.actor = found.name
    before = request.cookies.get(COOKIE, "")
    token = await run_in_threadpool(context.desk.sign_in, found)
    await run_in_threadpool(context.desk.sign_out, before)
    answer = see(wanted)
    give_cookie(request, answer, token)
    return answer


@router.post("/console/sign-out")
async def sign_out(request: Request, visitor: Annotated[Visitor, Depends(Acts())]) -> Response:
    """Let the cookie be nobody's. Whoever came from the identity provider is shown how to leave that, too."""
    await run_in_threadpool(context_of(request).desk.sign_out, request.cookies.get(COOKIE, ""))
    answer = see(query("/console/sign-in", left=None if isinstance(visitor.session.holder, ApiKey) else "true"))
    give_cookie(request, answer, None)
    return answer


@router.get("/console/me")
def show_me(request: Request, visitor: Annotated[Visitor, Depends(Needs())]) -> Response:
    """Who is signed in, with which scopes, and until when."""
    context, session = context_of(request), visitor.session
    holder = session.holder
    key = holder if isinstance(holder, ApiKey) else None
    view = {
        "name": visitor.name,
        "hint": key and key.hint,
        "key_until": key and at_instant(key.expires_at, context.zone),
        "issuer": None if isinstance(holder, ApiKey) else holder.issuer,
        "subject": None if isinstance(holder, ApiKey) else holder.subject,
        "team": "none" if visitor.team is None else team_words(visitor.team),
        "scopes": [(scope, says, scope in visitor.scopes) for scope, says in SCOPES.items()],
        "since": at_instant(session.created_at, context.zone),
        "until": at_instant(session.expires_at, context.zone),
        "idle": f"{IDLE_FOR.seconds // 60} minutes",
    }
    return page(request, "me.html", "Who you are", view)


async def show_form(
    request: Request, wanted: str, *, remark: str = "", status: int = 200, left: bool = False
) -> Response:
    """The form to sign in with, below what there is to be said first."""
    context, given = context_of(request), request.cookies.get(COOKIE)
    request.state.cookie = given or context.desk.new_token()
    sign_on = context.single_sign_on
    view = {
        "next": wanted,
        "remark": remark,
        "single_sign_on": sign_on and query("/console/single-sign-on", next=wanted),
        "leave": await sign_on.provider.sign_out_url() if sign_on is not None and left else None,
    }
    answer = page(request, "sign_in.html", "Sign in", view, status)
    if given is None:
        give_cookie(request, answer, request.state.cookie)
    return answer
