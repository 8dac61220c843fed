"""Notices to rows of the outbox, in the commit of what they tell of."""

from collections.abc import Iterable, Iterator

import orjson
from sqlalchemy import insert, text
from sqlmodel import Session

from service.domain.notices import Notice
from service.domain.subscriptions import TO_POST
from service.store.batch import Writes
from service.store.rows import Insert, Row
from service.store.tables.events import OutboxRow

_SOMEBODY_ASKS = "EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled' AND (types <> ''{}))"
_ASKED_FOR = text("SELECT types FROM subscribers WHERE status = 'enabled' AND types <> ''")


def types_asked_for(session: Session) -> set[str]:
    """The types of message that somebody asks for by name."""
    return {of for types in session.scalars(_ASKED_FOR) for of in types.split()}


def put_notices(session: Session, notices: Iterable[Notice]) -> None:
    """Put notices into the outbox in the caller's transaction: those of types that somebody asks for."""
    asked = types_asked_for(session)
    rows = [notice_row(notice) for notice in notices if notice.type in asked]
    if rows:
        named = [dict(zip(OutboxRow.model_fields, row, strict=True)) for row in rows]
        session.connection().execute(insert(OutboxRow), named)


def notice_row(notice: Notice) -> Row:
    """The row of a notice, in the order of the columns: the body has its data, and when it came about."""
    told = orjson.dumps({"at": notice.at, **notice.data}, option=orjson.OPT_UTC_Z)
    return (notice.id, notice.account_id, notice.type, told.decode())


def _to_post(writes: Writes) -> Iterator[Row]:
    yield from (notice_row(notice) for notice in writes.notices if notice.type in TO_POST)


def _others(writes: Writes) -> Iterator[Row]:
    yield from (notice_row(notice) for notice in writes.notices if notice.type not in TO_POST)


STATEMENTS = (
    Insert(OutboxRow, _to_post, "AND " + _SOMEBODY_ASKS.format(" OR target = 'salesforce'")),
    Insert(OutboxRow, _others, "AND " + _SOMEBODY_ASKS.format("")),
)
"""What a batch writes of notices, where anybody asks for any. Whether Salesforce does is for whoever hands them out."""
