"""Cosignatures: what witnesses said of checkpoints. They stand beside these, which are as they were signed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from service.store.engine import open_session, open_writer
from service.store.ledger.sealing import Checkpoint, checkpoint_of
from service.store.tables.ledger import LedgerCheckpointRow, LedgerCosignatureRow


def keep_cosignature(engine: Engine, size: int, key: str, line: str, now: datetime) -> None:
    """Keep a witness's line below the checkpoint of a size, unless there is one of its key already.

    Raises:
        StoreUnavailableError: the database cannot be reached. So of all that is here.
    """
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    with open_writer(engine) as session:
        if session.get(LedgerCosignatureRow, (size, key)) is not None:
            return
        row = {"size": size, "key": key, "line": line, "kept_at": now}
        # On PostgreSQL another worker may keep one meanwhile.
        session.connection().execute(insert(LedgerCosignatureRow).values(**row).on_conflict_do_nothing())
        session.commit()


def cosigned_size(engine: Engine, key: str) -> tuple[int, datetime] | None:
    """The size of the newest checkpoint that a witness cosigned, and when that was kept; None where it has none."""
    with open_session(engine) as session:
        of_key = select(LedgerCosignatureRow).where(LedgerCosignatureRow.key == key)
        row = session.exec(of_key.order_by(col(LedgerCosignatureRow.size).desc()).limit(1)).first()
        return None if row is None else (row.size, row.kept_at)


def find_cosigned(engine: Engine) -> Checkpoint | None:
    """The newest checkpoint that a witness cosigned."""
    with open_session(engine) as session:
        newest = select(LedgerCosignatureRow.size).order_by(col(LedgerCosignatureRow.size).desc()).limit(1)
        size = session.exec(newest).first()
        row = None if size is None else session.get(LedgerCheckpointRow, size)
        return None if row is None else with_cosignatures(session, checkpoint_of(row))


def with_cosignatures(session: Session, checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint whose note has the lines of those who cosigned it, below its own."""
    of_size = select(LedgerCosignatureRow.line).where(LedgerCosignatureRow.size == checkpoint.size)
    lines = session.exec(of_size.order_by(LedgerCosignatureRow.key))
    return replace(checkpoint, note=checkpoint.note + "".join(lines))
