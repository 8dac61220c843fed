"""Bring the schema up to date, and tell whether it is."""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from alembic import command
from service.store.errors import SchemaBehindError, StoreUnavailableError
from service.store.timeouts import without_timeout

_FOLDER = Path(__file__).resolve().parents[2] / "alembic"
_ADVISORY_LOCK = 5_274_113_008_377_101


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def newest_revision() -> str:
    """The schema revision that this release works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise SchemaBehindError("This installation has no migrations")
    return revision


def migrate(engine: Engine) -> str:
    """Bring the schema to the newest revision, one process at a time, and give that revision.

    Raises:
        StoreUnavailableError: the database cannot be reached, or another program holds the tables for too long.
    """
    config = _config()
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = '10s'"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            else:
                connection.execute(text("BEGIN IMMEDIATE"))
            config.attributes["connection"] = connection
            with without_timeout(connection):
                command.upgrade(config, "head")
    except OperationalError as error:
        raise StoreUnavailableError("The database cannot be reached, or its tables are locked") from error
    return newest_revision()


def check_schema(engine: Engine) -> None:
    """See that the database answers, and that its schema is the one that this release works with.

    Raises:
        StoreUnavailableError: it does not answer.
        SchemaBehindError: it is another.
    """
    try:
        with engine.connect() as connection:
            found = _revision(connection)
    except DBAPIError as error:
        raise StoreUnavailableError("The database cannot be reached") from error
    if found != newest_revision():
        raise SchemaBehindError(f"The schema is at {found or 'nothing'}, not at {newest_revision()}: chalkline migrate")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
