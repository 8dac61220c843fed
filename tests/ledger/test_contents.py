"""Every column that is recorded is sealed plainly, or as a salted digest, or said not to be; no text by chance."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy import Connection, text

from service.domain.facts import Facts
from service.domain.ranges import Range
from service.store.engine import connect_engine
from service.store.ledger.contents import CONTENTS, PERSONAL_FACTS, content_of
from tests.databases import SqliteDatabases

IDENTIFIERS = {
    *("id", "opportunity_id"),  # of a record in the CRM, which names no person
    *("rule", "missing_facts"),  # of the program
}
"""The texts of facts that are sealed as they stand."""


@pytest.mark.parametrize("kind", CONTENTS)
def test_what_is_sealed_of_each_column_is_said_once(kind: str) -> None:
    of = CONTENTS[kind]
    said = [*of.plain, *of.personal, *of.left_out, *({of.key} - {*of.plain, *of.personal})]

    assert sorted(said) == sorted(of.table.model_fields)


def test_each_text_of_a_decisions_facts_is_personal_or_an_identifier() -> None:
    texts = set(texts_of(Facts, "facts"))

    assert texts - PERSONAL_FACTS == IDENTIFIERS
    assert texts >= PERSONAL_FACTS


def test_what_is_queued_is_what_can_be_sealed(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url:
        engine = connect_engine(url)
        with engine.connect() as connection:
            assert _queueing(connection) == {of.table.__tablename__ for of in CONTENTS.values()}
        engine.dispose()


def test_a_matter_of_conduct_is_one_digest() -> None:
    ids = {"id": str(UUID(int=1)), "decision_id": str(UUID(int=2))}
    told = {**ids, "recorded_at": "2026-01-05T09:00:00.000000Z", "account_executive": "Sample AE"}
    of = CONTENTS["conduct_matter"]

    found = content_of("conduct_matter", (told.get(name) for name in of.columns))

    assert (found.id, found.at, found.plain) == (str(UUID(int=1)), "2026-01-05T09:00:00Z", {})
    assert list(found.personal) == ["/matter"]
    assert found.personal["/matter"]["account_executive"] == "Sample AE"
    assert found.personal["/matter"].keys() == set(of.columns)


def _queueing(connection: Connection) -> set[str]:
    query = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_queue'"
    return set(connection.scalars(text(query)))


def texts_of(kind: Any, name: str = "", seen: frozenset[Any] = frozenset()) -> Iterator[str]:  # noqa: ANN401 - any annotation
    """The names of the fields below an annotation that may hold text of any kind."""
    if kind is str:
        yield name
    for below, hint in _below(kind, name):
        if hint not in seen:
            yield from texts_of(hint, below, seen | {kind} if isinstance(kind, type) else seen)


def _below(kind: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any annotation
    """What an annotation is made of, each with the name of its field."""
    if get_origin(kind) is Annotated:
        yield name, get_args(kind)[0]
    elif get_origin(kind) is not Literal and get_args(kind):
        yield from ((name, each) for each in get_args(kind) if each is not Ellipsis)
    elif (isinstance(kind, type) and issubclass(kind, BaseModel)) or is_dataclass(kind):
        for field, hint in get_type_hints(kind, include_extras=True).items():
            if get_origin(hint) is not ClassVar and kind is not Range:
                yield field, hint
