"""Who looks at a page: signed in, asked for a scope at every request; and what their forms send."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.payloads import payload_within
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.common.rates import too_many_requests
from service.store.console_sessions import ConsoleSession, Subject
from service.store.recording import Asked

COOKIE = "chalkline_console"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field
_FORM = "application/x-www-form-urlencoded"
_LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 200


class NotSignedInError(Exception):
    """Nobody is signed in, or no longer."""


class RenewalNeededError(Exception):
    """Somebody is signed in, and what their groups allow is to be asked for anew before they see a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in. ``form`` is what they sent, where they act, and ``file`` what came with it."""

    name: str
    scopes: frozenset[Scope]
    team: Team | None
    session: ConsoleSession
    request_id: str
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""

    @property
    def asked(self) -> Asked:
        """Who asks, over the console."""
        return Asked(self.name, "console", self.request_id)


class Needs:
    """A dependency: somebody who is signed in and has one of some scopes; of none, anybody who is."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = frozenset(scopes)

    def __call__(self, request: Request) -> Visitor:
        """The visitor.

        Raises:
            NotSignedInError: there is none.
            RenewalNeededError: it has to be asked first whether there is one still.
            ProblemError: they ask too often, or lack the scope.
        """
        context, token = context_of(request), request.cookies.get(COOKIE)
        found = None if token is None else context.desk.find(token)
        if found is None:
            raise NotSignedInError
        holder = found.session.holder
        if isinstance(holder, Subject):
            _check_belief(request, holder)
        visitor = Visitor(
            name=holder.name,
            scopes=holder.scopes,
            team=holder.team,
            session=found.session,
            request_id=request.state.request_id,
        )
        request.state.visitor, request.state.actor = visitor, holder.name
        if context.rates is not None:
            _, wait = context.rates.take(holder.name)
            if wait:
                raise too_many_requests(wait)
        if self.scopes and not self.scopes & holder.scopes:
            wanted = " or ".join(sorted(self.scopes))
            needed = f"This needs an API key with the scope {wanted}, and yours has it not"
            if isinstance(holder, Subject):
                needed = f"This needs the scope {wanted}, and none of your groups gives it"
            raise ProblemError("forbidden", needed)
        return visitor


def _check_belief(request: Request, holder: Subject) -> None:
    """See that what the provider said of somebody is believed still.

    Raises:
        NotSignedInError: it is not set up any more; or a form was sent too late, which cannot be sent on.
        RenewalNeededError: it is to be asked anew.
    """
    context = context_of(request)
    if context.single_sign_on is None or context.single_sign_on.issuer != holder.issuer:
        raise NotSignedInError
    if holder.believed_until <= context.now():
        raise RenewalNeededError if request.method in {"GET", "HEAD"} else NotSignedInError


class Acts(Needs):
    """The same of a form that was sent from a page of the console."""

    async def __call__(self, request: Request) -> Visitor:  # type: ignore[override]  # a form has to be waited for
        """The visitor, with the form.

        Raises:
            NotSignedInError: there is none.
            ProblemError: as above, or the form was sent from elsewhere, or is none.
        """
        visitor = await run_in_threadpool(super().__call__, request)
        return replace(visitor, form=await form_of(request))


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in, once it is known."""
    return getattr(request.state, "visitor", None)


def form_token(request: Request) -> str:
    """What a form carries to show that it is one of ours: it follows from the cookie, and does not tell it."""
    cookie = getattr(request.state, "cookie", None) or request.cookies.get(COOKIE, "")
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest() if cookie else ""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, each of which stands once.

    Raises:
        ProblemError: it was sent from elsewhere, or is no form.
    """
    check_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise ProblemError("unsupported_media_type", f"Send a form, as {_FORM}")
    body = await payload_within(request, _LARGEST_FORM)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise invalid_request([FieldError("", "The form cannot be read")]) from None
    form = dict(fields)
    if len(form) < len(fields):
        names = [name for name, _ in fields]
        raise invalid_request([FieldError(next(each for each in names if names.count(each) > 1), "It stands twice")])
    check_token(request, form.pop(FORM_TOKEN, ""))
    return form


def check_token(request: Request, sent: str) -> None:
    """See that a form is of a page that whoever sends it has open.

    Raises:
        ProblemError: it is not.
    """
    own = form_token(request)
    if not own:
        detail = "Your browser sent no cookie. It keeps one where the address begins with https, or is this machine"
        raise ProblemError("foreign_form", detail)
    if not hmac.compare_digest(sent.encode(), own.encode()):
        raise ProblemError("foreign_form", "This form is not of the page that you have open now: open it again")


def check_origin(request: Request) -> None:
    """See that a form comes from a page of this service, as far as the browser says where it comes from."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise ProblemError("foreign_form", "This form was sent from another site")


def give_cookie(
    request: Request, answer: Response, token: str | None, *, name: str = COOKIE, lasts: timedelta | None = None
) -> None:
    """Have the browser keep who is signed in, or what else a cookie is for, for a while; or with None forget it."""
    host = request.url.hostname or ""
    answer.set_cookie(
        name,
        token or "",
        max_age=0 if token is None else None if lasts is None else int(lasts.total_seconds()),
        path=f"{context_of(request).root_path}/console",
        secure=not _is_loopback(host),
        httponly=True,
        samesite="lax",
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def safe_next(text: str) -> str:
    """Where to go after signing in: a path of the console and no other, else its home."""
    parts = urlsplit(text) if text.isascii() and text.isprintable() and "\\" not in text else urlsplit("")
    inside = parts.path == "/console" or parts.path.startswith("/console/")
    if parts.scheme or parts.netloc or not inside or ".." in parts.path or "//" in parts.path:
        return "/console"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
