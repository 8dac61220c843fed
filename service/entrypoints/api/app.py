"""The application: routes, error answers, limits, and the documentation page that needs no network."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException

from service.domain.errors import DomainError
from service.entrypoints.api import (
    accounts,
    backtests,
    changeovers,
    classifications,
    conduct,
    decisions,
    deliveries,
    discoveries,
    events,
    handoff_steps,
    handoffs,
    operations,
    policies,
    policy_drafts,
    reviews,
    subscribers,
    webhooks,
    what_if,
)
from service.entrypoints.api.backlog import BacklogMeasures
from service.entrypoints.api.housekeeping import keep_house
from service.entrypoints.api.middleware import RequestBoundary, has_key_in_its_path
from service.entrypoints.api.openapi.document import with_examples
from service.entrypoints.api.policy_drafts import DraftRequest
from service.entrypoints.api.problems import (
    FieldError,
    ProblemError,
    invalid_request,
    on_http_exception,
    on_invalid_parameters,
    on_problem,
)
from service.entrypoints.api.requests import (
    AnswerRequest,
    ChangeoverRequest,
    ConductRequest,
    DiscoveryRequest,
    HandoffRequest,
    ReasonRequest,
    TickRequest,
)
from service.entrypoints.api.schemas import BatchRequest, Problem
from service.entrypoints.api.services import Services
from service.entrypoints.api.subscriber_requests import RotationRequest, SubscriptionRequest
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.resolutions import ResolutionRequest
from service.store.errors import StoreError

_DESCRIPTION = """
Decides which sales team owns an account, says why clause by clause, and remembers.

Every error is a problem (RFC 9457) with a stable `type`. Unknown fields are refused: a mistyped fact is never silently
taken as unknown. What a POST answers with 201 is durable.
"""
_PARSED_FROM_BYTES = (
    ClassificationRequest,
    BatchRequest,
    ResolutionRequest,
    DiscoveryRequest,
    ChangeoverRequest,
    ConductRequest,
    HandoffRequest,
    TickRequest,
    ReasonRequest,
    AnswerRequest,
    SubscriptionRequest,
    RotationRequest,
    DraftRequest,
    Problem,
)
_ROUTERS = (
    classifications.router,
    decisions.router,
    what_if.router,
    accounts.router,
    reviews.router,
    discoveries.router,
    changeovers.router,
    handoffs.router,
    handoff_steps.router,
    conduct.router,
    webhooks.router,
    events.router,
    policy_drafts.router,
    backtests.router,
    policies.router,
    subscribers.router,
    deliveries.router,
    operations.router,
)


def create_app(
    services: Services,
    version: str,
    *,
    telemetry: bool,
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
) -> FastAPI:
    """The ASGI application over its services. It starts and stops the recorder and the background with itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await services.database.recorder.start()
        tasks = [asyncio.create_task(keep_house(services), name="housekeeping")]
        tasks += [asyncio.create_task(go_on()) for go_on in background]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await services.database.recorder.stop()
        # A thread goes on when its task is cancelled, and a connection that it gave back later would stay open.
        await asyncio.get_running_loop().shutdown_default_executor()
        services.database.engine.dispose()

    app: FastAPI = FastAPIOffline(
        title="Chalkline",
        version=version,
        summary="Which sales team owns an account, and why.",
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": telemetry,
            "auto_configure": telemetry,
            "metrics": False,
            "logs": False,
            # A trace begins, with the path as it was sent, before anything here can take the key out of it.
            "exclude": has_key_in_its_path,
        },
        dependencies=[Depends(_no_unknown_parameters)],
        separate_input_output_schemas=False,
        swagger_ui_parameters={"persistAuthorization": True},
    )
    app.state.services = services
    services.registry.register(BacklogMeasures(services.database, services.now))
    for router in _ROUTERS:
        app.include_router(router)
    for family in (ProblemError, DomainError, StoreError):
        app.add_exception_handler(family, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid_parameters)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_middleware(RequestBoundary, services=services)
    app.state.operations = _operations(app)
    _complete_schema(app)
    return app


def _operations(app: FastAPI) -> dict[str, dict[str, frozenset[str]]]:
    """What can be asked: the methods of each path, each with the names of its query parameters.

    FastAPI puts off the half of making a route until the first request, which would then wait for all of them.
    """
    operations: dict[str, dict[str, frozenset[str]]] = {}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.path is not None and route.include_in_schema:
            names = frozenset(_query_parameters(route.dependant))
            operations.setdefault(route.path, {}).update(dict.fromkeys(route.methods or (), names))
    return operations


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        stated = parameter.field_info.annotation
        if isinstance(stated, type) and issubclass(stated, BaseModel):
            yield from stated.model_fields
        else:
            yield parameter.alias
    for each in dependant.dependencies:
        yield from _query_parameters(each)


async def _no_unknown_parameters(request: Request) -> None:
    if not request.url.query:
        return
    methods = request.app.state.operations.get(request.scope["route"].path, {})
    if unknown := sorted(set(request.query_params) - methods.get(request.method, frozenset())):
        raise invalid_request([FieldError(name, "There is no such parameter here") for name in unknown])


def _complete_schema(app: FastAPI) -> None:
    """Add the schemas of bodies that operations parse themselves, and drop those of the framework's own errors."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema: dict[str, Any] = with_examples(generate())
            template = "#/components/schemas/{model}"
            _, parsed = models_json_schema(
                [(model, "validation") for model in _PARSED_FROM_BYTES], ref_template=template
            )
            components = schema["components"]["schemas"]
            components.update(parsed["$defs"])
            for name in ("HTTPValidationError", "ValidationError"):
                components.pop(name, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the schema
