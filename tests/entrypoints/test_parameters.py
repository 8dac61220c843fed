"""Filters that may hold several values are repeated, and nothing else is."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import ProblemError, on_invalid_parameters


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Asked(BaseModel):
    """Which things to list."""

    colour: list[Colour] | None = None
    limit: int = 50


def asked(path: str) -> httpx.Response:
    """What is answered by an application whose operations take the same parameters: of a model, and one by one."""
    made = FastAPI()
    made.router.route_class = CheckedRoute

    @made.get("/model")
    def of_a_model(query: Annotated[Asked, Query()]) -> Asked:
        return query

    @made.get("/alone")
    def one_by_one(colour: Annotated[list[Colour] | None, Query()] = None, limit: int = 50) -> Asked:
        return Asked(colour=colour, limit=limit)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        request.state.request_id = "request-1"
        return await on_invalid_parameters(request, error)

    made.exception_handler(RequestValidationError)(invalid)
    made.exception_handler(ProblemError)(lambda _, error: JSONResponse([each.pointer for each in error.errors], 422))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://service") as http:
            return await http.get(path)

    return asyncio.run(send())


@pytest.mark.parametrize("path", ["/model", "/alone"])
@pytest.mark.parametrize(
    ("query", "answered"),
    [
        ("", {"colour": None, "limit": 50}),
        ("colour=red", {"colour": ["red"], "limit": 50}),
        ("colour=red&limit=2&colour=blue", {"colour": ["red", "blue"], "limit": 2}),
        ("colour=red&limit=1&limit=2", ["limit"]),
        ("colour=red&color=blue", ["color"]),
    ],
)
def test_a_list_is_repeated_and_what_takes_one_value_is_not(path: str, query: str, answered: Any) -> None:  # noqa: ANN401 - JSON
    assert asked(f"{path}?{query}").json() == answered


@pytest.mark.parametrize("path", ["/model", "/alone"])
def test_each_value_of_a_closed_vocabulary_is_one_of_it(path: str) -> None:
    answer = asked(f"{path}?colour=red&colour=pink")

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, ["colour"])
