"""The stylesheet, the script and the icon, under names that have their digest in them: they may be kept for ever."""

from fastapi import APIRouter, Response

from service.entrypoints.common.problems import known
from service.entrypoints.console.frame import STATIC
from service.entrypoints.console.pages import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SERVED = dict(STATIC.values())


@router.get("/console/static/{name}")
async def get_static(name: str) -> Response:
    """A file, for a year or longer."""
    body = known(_SERVED.get(name), "file", name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(body, headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
