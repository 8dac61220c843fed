"""What can be said of a database without changing it."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session, col, func, select

from service.store.engine import open_session
from service.store.migrations import schema_revision
from service.store.tables.decisions import ApiKeyRow, DecisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a database says of itself. ``now`` is by its own clock, where it has one.

    ``keys`` are how many there are of each kind, and ``newest`` is when the newest decision was recorded.
    """

    server: str
    revision: str | None
    now: datetime | None = None
    keys: int = 0
    working_keys: int = 0
    newest: datetime | None = None


def examine_database(engine: Engine, now: datetime) -> Examined:
    """Ask a database about itself, at whatever revision its schema is.

    Raises:
        StoreUnavailableError: it cannot be reached.
    """
    revision = schema_revision(engine)
    with open_session(engine) as session:
        server, clock = _server(session)
        if revision is None:
            return Examined(server=server, revision=None, now=clock)
        works = col(ApiKeyRow.revoked_at).is_(None) & (col(ApiKeyRow.expires_at) > now)
        keys, working = session.exec(select(func.count(), func.count().filter(works)).select_from(ApiKeyRow)).one()
        newest = session.exec(select(DecisionRow.recorded_at).order_by(col(DecisionRow.id).desc()).limit(1)).first()
    return Examined(server=server, revision=revision, now=clock, keys=keys, working_keys=working, newest=newest)


def _server(session: Session) -> tuple[str, datetime | None]:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite.sqlite_version}", None
    version, now = connection.execute(text("SELECT current_setting('server_version'), clock_timestamp()")).one()
    return f"PostgreSQL {version}", now.astimezone(UTC)


def shown_url(url: str) -> str:
    """The address of a database without its passwords."""
    parsed = make_url(url)
    secret = {name: "***" for name in parsed.query if "password" in name}
    return parsed.update_query_dict(secret).render_as_string(hide_password=True)
