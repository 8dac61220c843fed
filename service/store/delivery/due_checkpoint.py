"""The newest checkpoint for subscribers who ask: at most once in a while, and only when there is another."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, select

from service.domain.ledger.checkpoint import Checkpoint, read_checkpoint
from service.domain.notices import checkpoint_told
from service.domain.subscriptions import MessageType
from service.store.engine import open_session, open_writer
from service.store.ledger.sealing import newest_checkpoint
from service.store.rows.notices import put_notices, types_asked_for
from service.store.tables.ledger import LedgerToldRow


def notice_checkpoint(engine: Engine, now: datetime, every: timedelta, new_id: Callable[[], UUID]) -> int:
    """Put a notice of the newest checkpoint into the outbox, if it is another than the one that was told last.

    That has to be ``every`` ago; with none, nothing is told. Gives how many notices. Where nobody asks none is put
    there, and the one of then is told as soon as somebody does.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing was noticed.
    """
    if not every:
        return 0
    with open_session(engine) as session:
        if _due(session, now, every) is None:
            return 0
    with open_writer(engine) as session:
        found = _due(session, now, every)
        if found is None:
            return 0
        row, size, note = found
        put_notices(session, [checkpoint_told(new_id(), _opened(note), note, now)])
        row.size, row.at = size, now
        session.commit()
        return 1


def _due(session: Session, now: datetime, every: timedelta) -> tuple[LedgerToldRow, int, str] | None:
    """What was told last, locked, with the size and the note of the newest; None where another worker is at it."""
    if MessageType.LEDGER_CHECKPOINT not in types_asked_for(session):
        return None
    told = session.exec(select(LedgerToldRow).with_for_update(skip_locked=True)).first()
    if told is None or (told.at is not None and now - told.at < every):
        return None
    newest = newest_checkpoint(session)
    return None if newest.size == told.size else (told, newest.size, newest.note)


def _opened(note: str) -> Checkpoint:
    """The checkpoint of a note that was signed here."""
    checkpoint = read_checkpoint(note.partition("\n\n")[0] + "\n")
    if checkpoint is None:
        raise ValueError("What was signed here is a checkpoint")
    return checkpoint
