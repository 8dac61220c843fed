"""Redactions that were asked for: each waits for a second person where one is needed, and then to be carried out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, false, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service.domain.account_ids import full_id
from service.domain.acts import Act, ActKind
from service.domain.errors import UnknownAccountError
from service.domain.redaction import NoRedactionError, OwnRedactionError
from service.store.acts import acts_about, add_act
from service.store.engine import is_account, open_session, open_writer
from service.store.erasing import erase_what_was_freed
from service.store.ledger.sealing import hold_ledger
from service.store.recording import Clock
from service.store.redacting import ALSO_CHANGED, hold_account, redact_rows
from service.store.redacting_reviews import redact_fingerprints
from service.store.redacting_told import Without, names_of, redact_answers, redact_exports, redact_payloads
from service.store.rows import value_of
from service.store.sales_records import hold_alone
from service.store.tables.decisions import AccountRow
from service.store.tables.events import EventRow
from service.store.tables.redactions import RedactionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A redaction of an account that was asked for. ``redacted_at`` is when it was carried out."""

    id: UUID
    account_id: str
    reason: str
    requested_by: str
    requested_at: datetime
    request_id: str
    needs_second: bool
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    redacted_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody else has to confirm it first."""
        return self.needs_second and self.confirmed_by is None


def ask_for_redaction(session: Session, asked: Redaction) -> Redaction:
    """Keep a redaction that is asked for; or give the one that is under way, which stays as it was.

    Raises:
        UnknownAccountError: nothing was ever decided about the account, and no CRM told of it.
    """
    hold_alone(session, "redaction", asked.account_id)
    if _is_known(session, asked.account_id):
        open_row = session.exec(_of(asked.account_id).where(col(RedactionRow.redacted_at).is_(None))).first()
        if open_row is not None:
            return value_of(Redaction, open_row)
        session.add(RedactionRow.model_validate(asked))
        session.flush()
        return asked
    raise UnknownAccountError(asked.account_id)


def _is_known(session: Session, account_id: str) -> bool:
    """Whether something is on record of an account: of one whose events were all rejected, no decision is."""
    decided = select(AccountRow.account_id).where(is_account(AccountRow.account_id, account_id))
    its_own = is_account(EventRow.record_id, account_id)
    told = select(EventRow.id).where(EventRow.record_kind == "account", its_own).limit(1)
    return session.exec(decided).first() is not None or session.exec(told).first() is not None


def confirm_redaction(session: Session, account_id: str, by: str, at: datetime) -> Redaction:
    """Confirm the redaction that waits, once: whoever confirms it again is told how it stands.

    Raises:
        NoRedactionError: none was asked for.
        OwnRedactionError: whoever confirms it asked for it.
    """
    row = session.exec(_of(account_id).limit(1).with_for_update()).first()
    if row is None:
        raise NoRedactionError(account_id)
    found = value_of(Redaction, row)
    if found.waits:
        if found.requested_by == by:
            raise OwnRedactionError(by)
        row.confirmed_by, row.confirmed_at = by, at
        session.add(row)
        session.flush()
    return value_of(Redaction, row)


def newest_redaction(engine: Engine, account_id: str) -> Redaction | None:
    """The redaction of an account that was asked for last; None where none was.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        row = session.exec(_of(account_id).limit(1)).first()
        return None if row is None else value_of(Redaction, row)


def due_redactions(engine: Engine) -> list[Redaction]:
    """The redactions that are to be carried out, oldest first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    is_ready = or_(col(RedactionRow.needs_second) == false(), col(RedactionRow.confirmed_by).is_not(None))
    due = select(RedactionRow).where(col(RedactionRow.redacted_at).is_(None), is_ready).order_by(col(RedactionRow.id))
    with open_session(engine) as session:
        return [value_of(Redaction, row) for row in session.exec(due)]


def carry_out(engine: Engine, redaction: Redaction, act_id: UUID, now: Clock, without: Without) -> None:
    """Redact an account, and record that as an act. Again, it goes on from what is left, which may be nothing.

    What CRMs sent is kept ``without`` what it tells of the account, where others need it.

    Raises:
        StoreUnavailableError: the database cannot be reached, or others keep it; nothing was redacted, or all was, and
            something may be left of what the database freed.
    """
    with open_writer(engine) as session:
        hold_ledger(session)
        named = hold_account(session, redaction.account_id)
        names = names_of(session, named)
        redact_fingerprints(session, named)
        changed = redact_rows(session, named)
        changed["payloads"] = redact_payloads(session, named, names, now(), without)
        changed["idempotency_keys"] = redact_answers(session, named)
        changed["acts"] = redact_exports(session, names)
        rows = dict(+changed)
        told = acts_about(session, ActKind.REDACTED, str(redaction.id))
        if rows or not told:
            body = {"redaction_id": str(redaction.id), "account_id": redaction.account_id, "rows": rows}
            by = redaction.confirmed_by or redaction.requested_by
            at, request_id = now(), redaction.request_id
            add_act(session, Act(id=act_id, kind=ActKind.REDACTED, actor=by, at=at, request_id=request_id, body=body))
        session.commit()
    # What an interrupted one changed may not have been erased.
    changed_then = {table for act in told for table in act["rows"]}
    erase_what_was_freed(engine, sorted({*rows, *changed_then, *ALSO_CHANGED}))


def finish_redaction(engine: Engine, redaction_id: UUID, at: datetime) -> None:
    """Note that a redaction was carried out.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        row = session.get_one(RedactionRow, redaction_id)
        row.redacted_at = at
        session.add(row)
        session.commit()


def _of(account_id: str) -> SelectOfScalar[RedactionRow]:
    of = is_account(RedactionRow.account_id, full_id(account_id))
    return select(RedactionRow).where(of).order_by(col(RedactionRow.id).desc())
