"""A database with which the release before works, to which the two forms of an id are two ids, and then this one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from service.domain.account_ids import full_id
from service.store.engine import connect_engine
from service.store.migrations import NEWEST, migrate
from tests.api import Api, serving
from tests.application import Clock
from tests.inbox.conftest import SET_UP

SHORT = "0018a00001XyZaB"
FULL, OTHER = full_id(SHORT), full_id("0018a00001XyZaC")
FEB, MARCH = date(2022, 2, 15), date(2022, 3, 15)
UNCERTAIN: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}}
"""Counts of which none leads, so that a review is opened (SEG-4)."""


@dataclass(frozen=True)
class Releases:
    """A database with which the release before works, and then this one, which brings together what that recorded.

    Migrations came after the one that did so first; a start does the same with what it finds.
    """

    url: str
    monkeypatch: pytest.MonkeyPatch
    clock: Clock

    @contextmanager
    def before(self, key: str = "before") -> Iterator[Api]:
        """The release before, to which the two forms of an id are two ids."""
        with self.monkeypatch.context() as patch:
            patch.setattr("service.domain.account_ids._IS_ACCOUNT", re.compile("(?!)"))
            with serving(self.url, clock=self.clock, inbound=SET_UP, at_work=True, key=key) as api:
                yield api
                api.clock.advance(minutes=1)

    @contextmanager
    def now(self) -> Iterator[Api]:
        """This release, over what it has made of the database."""
        self.migrate()
        with serving(self.url, clock=self.clock, inbound=SET_UP, at_work=True, key="now") as api:
            yield api

    def migrate(self) -> None:
        with self.engine() as engine:
            assert migrate(engine) == NEWEST

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = connect_engine(self.url)
        yield engine
        engine.dispose()


def classify(api: Api, account: str, on: date = MARCH, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - as elsewhere
    api.clock.advance(minutes=1)
    return api.classify(id=account, on=on, **facts)


def either(api: Api, path: str) -> Any:  # noqa: ANN401 - JSON
    """What is answered by both forms of the id."""
    found = [api.get(path.format(form)) for form in (FULL, SHORT)]
    assert found[0] == found[1]
    return found[0]
