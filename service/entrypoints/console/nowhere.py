"""What no page answers."""

from fastapi import APIRouter, Response

from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.pages import PageRoute, see

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/console/")
async def get_home_at_length() -> Response:
    """Home, with a stroke at its end."""
    return see("/console")


@router.get("/console/{path:path}")
async def get_nothing(path: str) -> Response:
    """There is no such page."""
    raise ProblemError("not_found", f"There is no page {path} here")
