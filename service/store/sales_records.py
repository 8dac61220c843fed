"""Records of sales work: kept in the writer's transaction, and found by what they are about, account or person."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, exists, func, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.domain.account_ids import full_id
from service.domain.identifiers import next_to
from service.domain.notices import Notice
from service.domain.people import same_person
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.subscriptions import MessageType
from service.store.engine import is_account, newest_first, open_session
from service.store.programs import keep_program
from service.store.recorder.postgres_connection import lock_number
from service.store.rows import value_of
from service.store.rows.notices import put_notices, types_asked_for
from service.store.tables.decisions import ProgramRow
from service.store.tables.sales_records import SalesRecordRow

_PART = 500
_newer = aliased(SalesRecordRow)
IS_NEWEST = ~exists().where(
    col(_newer.kind) == col(SalesRecordRow.kind),
    col(_newer.subject) == col(SalesRecordRow.subject),
    col(_newer.id) > col(SalesRecordRow.id),
)
"""That nothing newer of the kind is said of the same subject."""


def hold_alone(session: Session, *names: str) -> None:
    """Let nobody else who holds these names write until the transaction ends: SQLite has one writer anyhow."""
    if session.connection().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:lock)")
        session.connection().execute(lock, {"lock": lock_number("sales record", *names)})


def keep_record(session: Session, record: SalesRecord, request_id: str) -> SalesRecord:
    """Add a record behind all that are of its kind and subject, whatever the clock says; gives it as it stands."""
    hold_alone(session, record.kind, record.subject)
    newest = newest_record(session, record.kind, record.subject)
    if newest is not None and record.id <= newest.id:
        record = replace(record, id=next_to(newest.id))
    named = None if record.person is None else same_person(record.person)
    session.add(SalesRecordRow.model_validate(record, update={"person": named, "request_id": request_id}))
    return record


@dataclass(frozen=True, slots=True)
class News:
    """What is told of a record, if anything: by the one before it of its subject, and the JSON of its program."""

    type: MessageType
    tell: Callable[[SalesRecord, SalesRecord | None, str | None], Notice | None]


def keep_with_program(
    session: Session, record: SalesRecord, request_id: str, program: bytes, news: News
) -> SalesRecord:
    """The same of a record that names a program, which is kept beside it; what is new by it is told."""
    if record.program is None:
        raise ValueError("The record names no program")
    keep_program(session, record.program, program)
    hold_alone(session, record.kind, record.subject)
    before = newest_record(session, record.kind, record.subject)
    kept = keep_record(session, record, request_id)
    if news.type in types_asked_for(session):
        read_by = None if before is None or before.program is None else session.get(ProgramRow, before.program)
        told = news.tell(kept, before, None if read_by is None else read_by.program)
        put_notices(session, [] if told is None else [told])
    return kept


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A co-selling call on record; ``is_new`` is false where it was logged before."""

    record: SalesRecord
    is_new: bool


def keep_call(session: Session, record: SalesRecord, names: Collection[str], request_id: str) -> LoggedCall:
    """Add a call of somebody, by any of their ``names``, unless it is there: of the account, at that instant."""
    hold_alone(session, record.kind, record.subject)
    same = select(SalesRecordRow).where(
        SalesRecordRow.kind == record.kind,
        SalesRecordRow.subject == record.subject,
        SalesRecordRow.happened_at == record.happened_at,
        _is_work_of(names),
    )
    found = session.exec(same.order_by(col(SalesRecordRow.id)).limit(1)).first()
    if found is not None:
        return LoggedCall(recorded(found), is_new=False)
    return LoggedCall(keep_record(session, record, request_id), is_new=True)


def newest_record(session: Session, kind: SalesRecordKind, subject: str) -> SalesRecord | None:
    """The newest record of a kind about a subject."""
    query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, SalesRecordRow.subject == subject)
    row = session.exec(query.order_by(col(SalesRecordRow.id).desc()).limit(1)).first()
    return None if row is None else recorded(row)


def records_of_account(engine: Engine, kind: SalesRecordKind, account_id: str) -> list[SalesRecord]:
    """The newest record about each subject of an account, in the order in which they were made.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    of_account = is_account(col(SalesRecordRow.account_id), full_id(account_id))
    query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, IS_NEWEST, of_account)
    with open_session(engine) as session:
        return [recorded(row) for row in session.exec(query.order_by(col(SalesRecordRow.id)))]


def records_of(engine: Engine, kind: SalesRecordKind, ids: Collection[UUID]) -> dict[UUID, SalesRecord]:
    """Some records of a kind by their identifiers; without those that there are not.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, col(SalesRecordRow.id).in_(ids))
    with open_session(engine) as session:
        return {row.id: recorded(row) for row in session.exec(query)}


def page_of_records(
    engine: Engine, kind: SalesRecordKind, subject: str, *, limit: int, before: UUID | None = None
) -> list[SalesRecord]:
    """At most ``limit`` records of a kind about a subject, newest first; with ``before``, those after that one.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        query = newest_first(select(SalesRecordRow), SalesRecordRow, limit, before, kind=kind, subject=subject)
        return [recorded(row) for row in session.exec(query)]


def newest_records(engine: Engine, kind: SalesRecordKind, most: int) -> list[SalesRecord]:
    """The newest record of a kind about each of at most ``most`` subjects, those recorded last first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, IS_NEWEST)
    with open_session(engine) as session:
        return [recorded(row) for row in session.exec(query.order_by(col(SalesRecordRow.id).desc()).limit(most))]


def every_standing_record(engine: Engine, kind: SalesRecordKind) -> Iterator[SalesRecord]:
    """The newest record of a kind about each subject, read in parts, in the order of the subjects.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    subject, last = col(SalesRecordRow.subject), ""
    while True:
        query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, subject > last, IS_NEWEST)
        with open_session(engine) as session:
            found = [recorded(row) for row in session.exec(query.order_by(subject).limit(_PART))]
        yield from found
        if len(found) < _PART:
            return
        last = found[-1].subject


def records_between(
    engine: Engine, kind: SalesRecordKind, names: Collection[str], since: datetime, until: datetime, most: int
) -> Sequence[SalesRecord]:
    """At most ``most`` records of a person's work that happened from ``since`` on and before ``until``, the last first.

    ``names`` are what the person may be called in them.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    at = col(SalesRecordRow.happened_at)
    query = select(SalesRecordRow).where(SalesRecordRow.kind == kind, _is_work_of(names))
    with open_session(engine) as session:
        found = session.exec(
            query.where(at >= since, at < until).order_by(at.desc(), col(SalesRecordRow.id).desc()).limit(most)
        )
        return [recorded(row) for row in found]


def count_between(
    engine: Engine, kind: SalesRecordKind, names: Collection[str], since: datetime, until: datetime
) -> int:
    """How many records of a person's work, by any of their names, happened from ``since`` on and before ``until``.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    at = col(SalesRecordRow.happened_at)
    query = select(func.count()).where(col(SalesRecordRow.kind) == kind, _is_work_of(names), at >= since, at < until)
    with open_session(engine) as session:
        return session.exec(query).one()


def _is_work_of(names: Collection[str]) -> ColumnElement[bool]:
    return col(SalesRecordRow.person).in_({same_person(each) for each in names})


def recorded(row: SalesRecordRow) -> SalesRecord:
    """The record of a row."""
    return value_of(SalesRecord, row, kind=SalesRecordKind(row.kind))
