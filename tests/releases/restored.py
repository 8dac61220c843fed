"""A recording of an earlier release in a database of this one, and what this one answers otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection

from alembic import command
from service.store.engine import connect_engine
from service.store.migrations import migrate
from tests.api import Api, serving
from tests.application import Clock
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.releases.record import report_of
from tests.releases.recording import Recording, insert_rows
from tests.servers import REPOSITORY


@contextmanager
def restored(recording: Recording, kind: str, databases: SqliteDatabases | PostgresDatabases) -> Iterator[Api]:
    """This release's service, at the instant of the recording, over its rows: inserted then, and migrated since."""
    with databases.empty() as url:
        engine = connect_engine(url)
        with engine.begin() as connection:
            migrate_to(recording.revision, connection)
        with engine.begin() as connection:
            insert_rows(connection, recording.tables[kind])
        migrate(engine)
        engine.dispose()
        with serving(url, clock=Clock(recording.asked_at)) as api:
            yield api


def migrate_to(revision: str, connection: Connection) -> None:
    """Bring an empty schema to a revision of an earlier release."""
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "alembic"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def changes(recording: Recording, api: Api) -> list[str]:
    """What is not answered as it was recorded, each with its path and the JSON pointer. What is answered more is well.

    A line each, of a decision's text too.
    """
    found = []
    for path, then in recording.answers.items():
        answer = api.http.get(path)
        now = answer.json() if answer.is_success else answer.text
        found += [f"{path} {change}" for change in _changes(then, now, "")]
    for decision_id, text in recording.reports.items():
        found += [f"report of {decision_id} {change}" for change in _changes(text, report_of(api, decision_id), "")]
    return found


def _changes(then: Any, now: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    match then, now:
        case dict(), dict():
            for key, value in then.items():
                within = f"{pointer}/{key}"
                yield from _changes(value, now[key], within) if key in now else (f"{within} is gone",)
        case list(), list() if len(then) == len(now):
            for place, (value, other) in enumerate(zip(then, now, strict=True)):
                yield from _changes(value, other, f"{pointer}/{place}")
        case _ if (type(then), then) != (type(now), now):
            yield f"{pointer} was {then!r}, is {now!r}"
