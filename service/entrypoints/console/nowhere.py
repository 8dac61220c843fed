"""What no page answers."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.pages import PageRoute, see

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/console/")
async def get_home_at_length() -> Response:
    """Home, with a stroke at its end."""
    return see("/console")


@router.api_route("/console/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def get_nothing(request: Request, path: str) -> Response:
    """There is no such page, or it takes no such method."""
    if request.method != "GET":
        raise HTTPException(405)
    raise ProblemError("not_found", f"There is no page {path} here")
