"""Acts of administration: recorded in the transaction of what was done, and found again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from service.domain.acts import Act, ActKind
from service.store.engine import newest_first, open_session
from service.store.errors import StoreUnavailableError
from service.store.ledger.numbers import numbers_of
from service.store.tables.ledger import ActRow

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """An act on record. ``body`` is JSON; ``sequence`` the number of its entry, None until it is sealed."""

    id: UUID
    kind: ActKind
    actor: str
    at: datetime
    request_id: str
    body: bytes
    sequence: int | None


def add_act(session: Session, act: Act) -> None:
    """Record an act with what is done in a session. The caller commits."""
    body = orjson.dumps(act.body, option=orjson.OPT_UTC_Z).decode()
    row = ActRow(id=act.id, kind=act.kind, actor=act.actor, at=act.at, request_id=act.request_id, body=body)
    session.add(row)


def acts_about(session: Session, kind: ActKind, redaction_id: str) -> list[dict[str, Any]]:
    """What acts of a kind say that are about a redaction."""
    says_so = col(ActRow.body).contains(f'"redaction_id":"{redaction_id}"')
    return [orjson.loads(body) for body in session.exec(select(ActRow.body).where(ActRow.kind == kind, says_so))]


def recording(do: Callable[[Session], Done], tells: Callable[[Done], Act | None]) -> Callable[[Session], Done]:
    """What does something in a session, and records the act that it is with it, if it is one."""

    def act(session: Session) -> Done:
        done = do(session)
        told = tells(done)
        if told is not None:
            add_act(session, told)
        return done

    return act


def record_act(engine: Engine, act: Act) -> None:
    """Record an act that changes nothing in the database.

    Raises:
        StoreUnavailableError: it cannot be recorded, whatever the reason. It is not to be done, then.
    """
    try:
        with open_session(engine) as session:
            add_act(session, act)
            session.commit()
    except SQLAlchemyError as error:
        raise StoreUnavailableError("What is done cannot be recorded, and so is not done") from error


def page_of_acts(
    engine: Engine, *, limit: int, before: UUID | None = None, kind: ActKind | None = None, actor: str | None = None
) -> list[RecordedAct]:
    """At most ``limit`` acts that match, newest first; with ``before``, those that come after that one.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        rows = session.exec(newest_first(select(ActRow), ActRow, limit, before, kind=kind, actor=actor)).all()
        numbers = numbers_of(session, "act", (str(row.id) for row in rows))
        return [
            RecordedAct(
                id=row.id,
                kind=ActKind(row.kind),
                actor=row.actor,
                at=row.at,
                request_id=row.request_id,
                body=row.body.encode(),
                sequence=numbers.get(str(row.id)),
            )
            for row in rows
        ]
