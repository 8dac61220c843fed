"""For those who run the service: is it there, is it ready, and how is it doing."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from service.entrypoints.api.auth import Reader
from service.entrypoints.api.openapi.document import example, problems
from service.entrypoints.api.schemas import Health
from service.entrypoints.api.services import services_of
from service.entrypoints.views.encoding import to_json
from service.store.migrations import check_schema

router = APIRouter(tags=["Operate"])
_OK = {"status": "ok"}


@router.get(
    "/healthz",
    summary="Is the service there?",
    responses={200: {"model": Health, "description": "It is.", **example(_OK)}, **problems(422)},
)
async def healthz() -> Response:
    """Answers as long as the process does; asks nothing of the database."""
    return Response(to_json(_OK), media_type="application/json")


@router.get(
    "/readyz",
    summary="Can the service record?",
    responses={200: {"model": Health, "description": "It can.", **example(_OK)}, **problems(422, 503)},
)
async def readyz(request: Request) -> Response:
    """Asks the database, whether its schema is the one that this release works with, and whether it can be written."""
    database = services_of(request).database
    await run_in_threadpool(check_schema, database.engine)
    await database.recorder.check()
    return Response(to_json(_OK), media_type="application/json")


@router.get(
    "/metrics",
    response_class=Response,
    summary="Metrics for Prometheus",
    responses={
        200: {
            "description": "The metrics.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "chalkline_batches_total 42.0"}},
        },
        **problems(401, 403, 422, 503),
    },
)
def metrics(request: Request, caller: Reader) -> Response:
    """Requests, their durations, what the recorder does, and what waits for subscribers, in Prometheus' text format."""
    del caller
    return Response(generate_latest(services_of(request).registry), media_type=CONTENT_TYPE_LATEST)
