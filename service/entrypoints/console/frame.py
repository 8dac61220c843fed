"""What stands around every page: the navigation, who has signed in, and where the stylesheet is."""

import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import Request

from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.console.visitors import Visitor, form_token, visitor_of

NAVIGATION = (
    ("/console", "Home", Scope.READ),
    ("/console/accounts", "Accounts", Scope.READ),
    ("/console/decisions", "Decisions", Scope.READ),
    ("/console/reviews", "Reviews", Scope.READ),
    ("/console/handoffs", "Handoffs", Scope.READ),
    ("/console/calendar", "Calendar", Scope.READ),
    ("/console/policies", "Policies", Scope.READ),
    ("/console/try", "Try it", Scope.CLASSIFY),
    ("/console/operations", "Operations", Scope.READ),
    ("/console/glossary", "Glossary", None),
)
"""What the navigation leads to, with the scope that it needs, if it needs one."""


def _static() -> dict[str, tuple[str, bytes]]:
    found = {}
    for file in resources.files("service.entrypoints.console").joinpath("static").iterdir():
        stem, _, kind = file.name.rpartition(".")
        body = file.read_bytes()
        found[file.name] = (f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{kind}", body)
    return found


STATIC = _static()
"""What is served as it is: by the name of its file, the name under which it is, with its digest, and its bytes."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the navigation."""

    path: str
    text: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a page. ``root`` is the path that a proxy puts before every other one."""

    title: str
    root: str
    zone: str
    visitor: Visitor | None
    form_token: str
    links: tuple[Link, ...]
    searched: str

    def at(self, path: str) -> str:
        """A path of the console as a browser asks for it."""
        return self.root + path

    def static(self, name: str) -> str:
        """Where a file is."""
        return f"{self.root}/console/static/{STATIC[name][0]}"


def frame_of(request: Request, title: str) -> Frame:
    """What stands around the answer to a request."""
    context, visitor = context_of(request), visitor_of(request)
    path = request.scope["path"].removeprefix(context.root_path)
    links = [
        Link(to, text, path == to or (to != "/console" and path.startswith(f"{to}/")))
        for to, text, scope in NAVIGATION
        if visitor is not None and (scope is None or scope in visitor.scopes)
    ]
    return Frame(
        title=title,
        root=context.root_path,
        zone=str(context.zone),
        visitor=visitor,
        form_token=form_token(request),
        links=tuple(links),
        searched=request.query_params.get("q", "") if path == "/console/accounts" else "",
    )
