"""Query parameters: each is one of its operation's, and stands once."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service.entrypoints.api.problems import FieldError, invalid_request


class CheckedRoute(APIRoute):
    """An operation that looks at its query parameters first: an unknown one would be passed over, the last would count.

    What most requests do not have costs them nothing; a dependency would be asked of each.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handle, names = super().get_route_handler(), frozenset(_query_parameters(self.dependant))

        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                _check(request, names)
            return await handle(request)

        return checked


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        stated = parameter.field_info.annotation
        if isinstance(stated, type) and issubclass(stated, BaseModel):
            yield from stated.model_fields
        else:
            yield parameter.alias
    for each in dependant.dependencies:
        yield from _query_parameters(each)


def _check(request: Request, names: frozenset[str]) -> None:
    times = Counter(name for name, _ in request.query_params.multi_items())
    if unknown := sorted(times.keys() - names):
        raise invalid_request([FieldError(name, "There is no such parameter here") for name in unknown])
    if twice := sorted(name for name, count in times.items() if count > 1):
        raise invalid_request([FieldError(name, "This parameter takes one value, and is given more") for name in twice])
