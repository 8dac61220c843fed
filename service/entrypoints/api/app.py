"""The application: routes, error answers, limits, and the documentation page that needs no network."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from importlib import resources

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from service.domain.errors import DomainError
from service.entrypoints.api import (
    account_lists,
    accounts,
    applications,
    audit,
    backtests,
    calendar,
    classifications,
    co_selling,
    conduct,
    decisions,
    deliveries,
    events,
    handoff_steps,
    handoffs,
    inbound,
    leads,
    moves,
    operations,
    opportunities,
    people,
    policies,
    policy_drafts,
    ranks,
    redactions,
    resolutions,
    reviews,
    subscribers,
    webhooks,
)
from service.entrypoints.api.middleware import RequestBoundary, is_untraced
from service.entrypoints.api.needs import needs_of
from service.entrypoints.api.openapi.answers import refuses
from service.entrypoints.common.background import Task, at_work
from service.entrypoints.common.context import ApiContext
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.problems import (
    ProblemError,
    on_http_exception,
    on_invalid_parameters,
    on_problem,
)
from service.store.errors import StoreError
from service.store.idempotency import newest_idempotency_key, purge_idempotency_keys
from service.store.recording import Clock

HOUSEKEEPING_SECONDS = 3600
_STATIC = "/static-offline-docs"
ROUTERS = (
    classifications.router,
    decisions.router,
    account_lists.router,
    accounts.router,
    resolutions.router,  # before the reviews, of which none is called so
    reviews.router,
    moves.router,
    handoffs.router,
    handoff_steps.router,
    conduct.router,
    opportunities.router,
    inbound.router,
    leads.router,
    co_selling.router,
    people.router,
    calendar.router,
    ranks.router,
    webhooks.router,
    events.router,
    policy_drafts.router,
    backtests.router,
    applications.router,
    policies.router,
    subscribers.router,
    deliveries.router,
    audit.router,
    redactions.router,
    operations.router,
)
"""Every operation, in the order in which a request is held to their paths."""


def create_app(
    context: ApiContext, *, telemetry: bool, background: Sequence[Task] = (), beside: Sequence[APIRouter] = ()
) -> FastAPI:
    """The ASGI application over what it works with. It starts and stops the recorder and the background with itself.

    ``beside`` are the routes of other entry points, which are in no document.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What runs threads is loaded by the first of them, and no request is to wait for that.
        await run_in_threadpool(int)
        async with at_work(context.database, [partial(_keep_house, context), *background]):
            yield

    paths: list[re.Pattern[str]] = []
    app = FastAPI(
        title="Chalkline",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={
            "tracing": telemetry,
            "auto_configure": telemetry,
            "metrics": False,
            "logs": False,
            # A trace begins, with the path as it was sent, before anything here can take the key out of it.
            "exclude": lambda scope: is_untraced(scope, paths, context.root_path),
        },
        responses=refuses(422),
    )
    app.state.context = context
    context.registry.register(operations.BacklogMeasures(context.database, context.now))
    app.state.received = Counter(
        "chalkline_events", "Events received, by what became of them.", ["source", "status"], registry=context.registry
    )
    for router in (*ROUTERS, *beside):
        app.include_router(router)
    for family in (ProblemError, DomainError, StoreError):
        app.exception_handler(family)(on_problem)
    app.exception_handler(RequestValidationError)(on_invalid_parameters)
    app.exception_handler(HTTPException)(on_http_exception)
    app.add_middleware(RequestBoundary, context=context)
    app.state.operations = _operations(app)
    paths += [compile_path(path)[0] for path in (*app.state.operations, "/docs", "/openapi.json")]
    _add_documentation(app, context.root_path)
    return app


def _add_documentation(app: FastAPI, prefix: str) -> None:
    """The OpenAPI document, as it was built, and a page that shows it and needs no network; both under a prefix.

    What the document says of bodies bounds them.
    """
    document = resources.files("service.entrypoints.api.openapi").joinpath("openapi.json").read_bytes()
    read = orjson.loads(document)
    app.state.needs = needs_of(read)
    if prefix:
        document = to_json(read | {"servers": [{"url": prefix}]})
    page = get_swagger_ui_html(
        openapi_url=f"{prefix}/openapi.json",
        title="Chalkline - Swagger UI",
        swagger_js_url=f"{prefix}{_STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{prefix}{_STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{prefix}{_STATIC}/favicon.png",
        swagger_ui_parameters={"persistAuthorization": True},
    )

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    async def docs(_: Request) -> Response:
        return page

    app.mount(_STATIC, StaticFiles(packages=[("fastapi_offline", "static")]), name="static-offline-docs")
    app.add_route("/openapi.json", openapi, include_in_schema=False)
    app.add_route("/docs", docs, include_in_schema=False)


def _operations(app: FastAPI) -> dict[str, set[str]]:
    """What can be asked: the methods of each path.

    FastAPI puts off the half of making a route until the first request, which would then wait for all of them.
    """
    operations: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.path is not None and route.include_in_schema:
            operations.setdefault(route.path, set()).update(route.methods or ())
    return operations


async def _keep_house(context: ApiContext) -> None:
    """Forget old idempotency keys, every hour until cancelled. What goes wrong is logged, and tried again later."""
    clock: Clock | None = None
    while True:
        try:
            clock = clock or await _witnessed_clock(context)
            await _forget(context, clock() - context.keys_kept_for)
        except StoreError as error:
            context.log("housekeeping_put_off", code=error.code)
        except Exception as error:  # noqa: BLE001 - housekeeping must not end because of one fault
            context.log_fault("housekeeping", error)
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


async def _witnessed_clock(context: ApiContext) -> Clock:
    """A clock that may be behind, and is not ahead because the machine's is: to that one, no key would be young.

    It goes on from the newest key that is kept, and from now where none is that could be lost.
    """
    began = context.ticks()
    start = await asyncio.to_thread(newest_idempotency_key, context.database.engine) or context.now()

    def now() -> datetime:
        return min(context.now(), start + timedelta(seconds=context.ticks() - began))

    return now


async def _forget(context: ApiContext, before: datetime) -> None:
    forgotten = 0
    while some := await asyncio.to_thread(purge_idempotency_keys, context.database.engine, before):
        forgotten += some
    if forgotten:
        context.log("idempotency_keys_forgotten", keys=forgotten)
