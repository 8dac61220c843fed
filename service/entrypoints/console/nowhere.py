"""What no page answers."""

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.pages import PageRoute, see

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_METHODS = ("POST", "PUT", "PATCH", "DELETE")


class _AnyPage(PageRoute):
    """What is asked of a page by a method that it does not have, be its path one that is known word by word."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this."""
        return APIRoute.matches(self, scope)


@router.get("/console/")
async def get_home_at_length() -> Response:
    """Home, with a stroke at its end."""
    return see("/console")


@router.get("/console/{path:path}")
async def get_nothing(path: str) -> Response:
    """There is no such page."""
    raise ProblemError("not_found", f"There is no page {path} here")


async def refuse_method(request: Request) -> Response:
    """Nothing is done here by this method, if there is a page at all."""
    routes = (each.original_route for each in iter_route_contexts(request.app.routes))
    others = (each for each in routes if isinstance(each, PageRoute) and each.endpoint is not get_nothing)
    partial = (each for each in others if each.matches(request.scope)[0] is Match.PARTIAL)
    allowed = {method for each in partial for method in each.methods or ()}
    path = request.path_params.get("path", "")
    if not allowed:
        raise ProblemError("not_found", f"There is no page {path} here")
    said = f"The page {path} does not take {request.method}"
    raise ProblemError("method_not_allowed", said.replace("  ", " "), headers={"Allow": ", ".join(sorted(allowed))})


for _path in ("/console", "/console/{path:path}"):
    router.add_api_route(_path, refuse_method, methods=list(_METHODS), route_class_override=_AnyPage)
