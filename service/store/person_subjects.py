"""Whom the identity provider means: its subjects, each joined once to a person."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite

from service.store.engine import open_session
from service.store.tables.console import PersonSubjectRow


def person_of_subject(engine: Engine, issuer: str, subject: str) -> str | None:
    """The id of the person whom a subject was joined to; None where it was to nobody.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        row = session.get(PersonSubjectRow, (issuer, subject))
        return None if row is None else row.person_id


def join_subject(engine: Engine, issuer: str, subject: str, person_id: str, email: str, at: datetime) -> None:
    """Join a subject to a person, by an email; what another process has joined meanwhile stands.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    said = {"issuer": issuer, "subject": subject, "person_id": person_id, "email": email, "joined_at": at}
    with open_session(engine) as session:
        session.connection().execute(insert(PersonSubjectRow).values(**said).on_conflict_do_nothing())
        session.commit()
