"""Notices to rows of the outbox, in the commit of what they tell of."""

from collections.abc import Iterator

import orjson
from sqlalchemy import text

from service.domain.notices import Notice
from service.store.batch import Writes
from service.store.rows import Insert, Row
from service.store.tables.events import OutboxRow

_SOMEBODY_ASKS = "EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled' AND types <> '')"
SOMEBODY_ASKS = text(f"SELECT {_SOMEBODY_ASKS}")
"""Whether anybody asks for notices at all."""


def notice_row(notice: Notice) -> Row:
    """The row of a notice, in the order of the columns: the body has its data, and when it came about."""
    told = orjson.dumps({"at": notice.at, **notice.data}, option=orjson.OPT_UTC_Z)
    return (notice.id, notice.account_id, notice.type, told.decode())


def _noticed(writes: Writes) -> Iterator[Row]:
    yield from map(notice_row, writes.notices)


STATEMENTS = (Insert(OutboxRow, _noticed, f"AND {_SOMEBODY_ASKS}"),)
"""What a batch writes of notices, where anybody asks for any."""
