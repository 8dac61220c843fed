"""Bring the schema up to date, and tell whether it is."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import Connection, Engine, inspect, text

from service.store.engine import file_of
from service.store.erasing import mark_if_new
from service.store.errors import SchemaBehindError
from service.store.outages import outages_told
from service.store.refacet import facet_anew, has_former_facets

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "2026_12_01_ledger_fill_end"
"""The revision of the schema that this release works with: the last of ``alembic/versions``."""
_ONE_ACCOUNT = "2026_11_29_one_account"
_DAY = re.compile(r"\d{4}_\d\d_\d\d(?=_\w)")
"""How the names of revisions begin. Later ones are of no earlier day."""
_FOLDER = Path(__file__).resolve().parents[2] / "alembic"
_ADVISORY_LOCK = 5_274_113_008_377_101


def migrate(engine: Engine) -> str:
    """Bring the schema to the newest revision, one process at a time, and give the revision that it is at then.

    One that a newer release made is left as it is, since this release works with it as well. A SQLite file that is not
    there is made. What the release before has recorded on this schema under the shorter form of an account's id is
    brought together with the longer one, and can be found by all that lists are asked for.

    Raises:
        StoreUnavailableError: the database cannot be reached, refuses it, or has tables that another program holds.
        SchemaBehindError: the schema is at a revision of no release.
    """
    if engine.dialect.name == "sqlite":
        file_of(engine).make()
    with outages_told():
        found = _revision(engine)
        if found != NEWEST and not is_newer(found):
            _change(engine, _upgrade)
            return NEWEST
        if found == NEWEST and (_has_short_ids(engine) or has_former_facets(engine)):
            _change(engine, _take_over)
        return found


def check_schema(engine: Engine) -> None:
    """See that the database answers, and that its schema is one that this release works with.

    Raises:
        StoreUnavailableError: it does not answer.
        SchemaBehindError: it is another.
    """
    found = schema_revision(engine)
    if found != NEWEST and not is_newer(found):
        raise SchemaBehindError(f"The schema is at {found or 'nothing'}, not at {NEWEST}: chalkline migrate")


def schema_revision(engine: Engine) -> str | None:
    """The revision that the schema is at; None where nothing is there yet.

    Raises:
        StoreUnavailableError: the database does not answer.
    """
    with outages_told():
        return _revision(engine)


def is_newer(revision: str | None) -> TypeGuard[str]:
    """Whether a later release than this one brought the schema to this revision."""
    day = None if revision is None else _DAY.match(revision)
    is_known = revision == NEWEST or (_FOLDER / "versions" / f"{revision}.py").exists()
    return day is not None and day[0] >= NEWEST[:10] and not is_known


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def _has_short_ids(engine: Engine) -> bool:
    """Whether something is to be brought together, by a user who may: the owner of the tables."""
    letter, may = "[A-Za-z0-9]", "true"
    is_short = f"GLOB '001{letter * 12}'"
    if engine.dialect.name == "postgresql":
        is_short = f"~ '^001{letter}{{12}}$'"
        may = "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'reviews'::regclass)"
    query = f"""
    SELECT {may} AND (EXISTS (SELECT 1 FROM accounts WHERE account_id {is_short})
      OR EXISTS (SELECT 1 FROM crm_records WHERE kind = 'account' AND record_id {is_short}))
    """  # noqa: S608 - our own names
    with engine.connect() as connection:
        return bool(connection.scalar(text(query)))


def _change(engine: Engine, change: Callable[[Connection], None]) -> None:
    """Change the database in one transaction, alone and for as long as it takes."""
    from service.store.timeouts import without_timeout  # noqa: PLC0415 - at most starts nothing is to be changed

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        else:
            connection.execute(text("BEGIN IMMEDIATE"))
        with without_timeout(connection):
            change(connection)


def _upgrade(connection: Connection) -> None:
    # A tenth of a start, and at all but a few the schema is up to date.
    import alembic.command  # noqa: PLC0415 - as said
    from alembic.util import CommandError  # noqa: PLC0415 - as said

    if not _FOLDER.exists():
        raise SchemaBehindError("The migrations are not installed with the service: install it with --editable")
    if connection.dialect.name == "sqlite":
        mark_if_new(connection)
    config = _configuration()
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaBehindError("The schema is at a revision that no release before this one made") from error


def _take_over(connection: Connection) -> None:
    """Make what the release before has recorded on this schema what this one would have."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    ScriptDirectory.from_config(_configuration()).get_revision(_ONE_ACCOUNT).module.bring_together(connection)
    facet_anew(connection)


def _configuration() -> "Config":
    import alembic.config  # noqa: PLC0415 - as above

    config = alembic.config.Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
