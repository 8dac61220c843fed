"""Bring the schema up to date, and tell whether it is."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from service.store.errors import SchemaBehindError, StoreUnavailableError

NEWEST = "2026_11_29_who_made_keys"
"""The revision of the schema that this release works with: the last of ``alembic/versions``."""
_FOLDER = Path(__file__).resolve().parents[2] / "alembic"
_ADVISORY_LOCK = 5_274_113_008_377_101


def migrate(engine: Engine) -> str:
    """Bring the schema to the newest revision, one process at a time, and give that revision.

    Raises:
        StoreUnavailableError: the database cannot be reached, or another program holds the tables for too long.
    """
    try:
        if _revision(engine) != NEWEST:
            _upgrade(engine)
    except OperationalError as error:
        raise StoreUnavailableError("The database cannot be reached, or its tables are locked") from error
    return NEWEST


def check_schema(engine: Engine) -> None:
    """See that the database answers, and that its schema is the one that this release works with.

    Raises:
        StoreUnavailableError: it does not answer.
        SchemaBehindError: it is another.
    """
    found = schema_revision(engine)
    if found != NEWEST:
        raise SchemaBehindError(f"The schema is at {found or 'nothing'}, not at {NEWEST}: chalkline migrate")


def schema_revision(engine: Engine) -> str | None:
    """The revision that the schema is at; None where nothing is there yet.

    Raises:
        StoreUnavailableError: the database does not answer.
    """
    try:
        return _revision(engine)
    except DBAPIError as error:
        raise StoreUnavailableError("The database cannot be reached") from error


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def _upgrade(engine: Engine) -> None:
    # A tenth of a start, and at all but a few the schema is up to date.
    import alembic.command  # noqa: PLC0415 - as said
    import alembic.config  # noqa: PLC0415 - as said

    from service.store.timeouts import without_timeout  # noqa: PLC0415 - as said

    config = alembic.config.Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        else:
            connection.execute(text("BEGIN IMMEDIATE"))
        config.attributes["connection"] = connection
        with without_timeout(connection):
            alembic.command.upgrade(config, "head")
