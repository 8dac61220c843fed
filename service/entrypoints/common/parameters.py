"""Query parameters: each is one of its operation's, and stands once unless it takes several values."""

from collections import Counter
from collections.abc import Callable, Container, Coroutine, Iterator
from typing import Any, ClassVar, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Match
from starlette.types import Scope

from service.entrypoints.common.problems import FieldError, invalid_request


class CheckedRoute(APIRoute):
    """An operation that looks at its query parameters first: an unknown one would be passed over, the last would count.

    A parameter that is a list is repeated for each of its values: any of them is asked for.

    What most requests do not have costs them nothing; a dependency would be asked of each.

    A path with parameters is none that another operation has word by word: a method that it lacks is answered with 405.
    """

    _word_by_word: ClassVar[set[str]] = set()

    def __init__(self, path: str, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as the framework's
        super().__init__(path, *args, **options)
        if not self.param_convertors:
            self._word_by_word.add(self.path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this operation."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self.param_convertors and path in self._word_by_word:
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handle, takes = super().get_route_handler(), dict(_query_parameters(self.dependant))
        names, several = frozenset(takes), frozenset(name for name, stated in takes.items() if _is_list(stated))

        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                _check(request, names, several)
            return await handle(request)

        return checked


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    """The names of parameters, with what each takes."""
    for parameter in dependant.query_params:
        stated = parameter.field_info.annotation
        if isinstance(stated, type) and issubclass(stated, BaseModel):
            yield from ((field.alias or name, field.annotation) for name, field in stated.model_fields.items())
        else:
            yield parameter.alias, stated
    for each in dependant.dependencies:
        yield from _query_parameters(each)


def _is_list(stated: Any) -> bool:  # noqa: ANN401 - an annotation
    return get_origin(stated) is list or any(map(_is_list, get_args(stated)))


def _check(request: Request, names: frozenset[str], several: Container[str]) -> None:
    times = Counter(name for name, _ in request.query_params.multi_items())
    if unknown := sorted(times.keys() - names):
        raise invalid_request([FieldError(name, "There is no such parameter here") for name in unknown])
    if twice := sorted(name for name, count in times.items() if count > 1 and name not in several):
        raise invalid_request([FieldError(name, "This parameter takes one value, and is given more") for name in twice])
