"""Take out of the database what names an account, or was written about it: all of it in one transaction.

The one list of where that stands: of each table the columns, and how each is redacted. What the ledger has of it are
digests, which stay; the salts that they were made with go.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, text, update
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col, select

from service.domain.account_ids import forms_of
from service.domain.redaction import redact_sentences, redact_text, redact_words
from service.domain.sales_records import SalesRecordKind
from service.store.guards import unguarded
from service.store.ledger.contents import CONTENTS, ONE_TEXT, Content
from service.store.ledger.numbers import numbers_of
from service.store.ledger.queue import contents
from service.store.recorder.postgres_connection import lock_number
from service.store.tables.decisions import (
    AccountRow,
    ConductMatterRow,
    DecisionRow,
    HandoffRow,
    HandoffStepRow,
    StatementRow,
)
from service.store.tables.events import (
    ChatterPostRow,
    CrmRecordRow,
    DeliveryAttemptRow,
    DeliveryRow,
    EventRow,
    OutboxRow,
)
from service.store.tables.ledger import LedgerSaltsRow
from service.store.tables.reviews import DisputeRow, ReviewRow
from service.store.tables.sales_records import SalesRecordRow

_PART = 500
Redacts: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Named:
    """By what rows of an account are found: its id in every form, and the opportunities of the CRM that are its own."""

    accounts: Sequence[str]
    opportunities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What is redacted of the rows of a table that are an account's: of each column how."""

    table: type[SQLModel]
    are_its: Callable[[Named], ColumnElement[bool]]
    columns: Mapping[str, Redacts]


def _by_account(table: Any) -> Callable[[Named], ColumnElement[bool]]:  # noqa: ANN401 - any row
    return lambda named: col(table.account_id).in_(named.accounts)


def _ids(table: Any, named: Named) -> Select[Any]:  # noqa: ANN401 - any row
    return sa_select(table.id).where(_by_account(table)(named))


def are_events(named: Named) -> ColumnElement[bool]:
    """That an event is of the account, or of an opportunity of its own. Both may have one id."""
    return _are_of(named, col(EventRow.record_kind), col(EventRow.record_id))


def _are_of(named: Named, kind: Mapped[str], record: Mapped[str]) -> ColumnElement[bool]:
    own = and_(kind == "account", record.in_(named.accounts))
    return or_(own, and_(kind == "opportunity", record.in_(named.opportunities)))


def _said(named: Named) -> ColumnElement[bool]:
    subject, of = col(StatementRow.subject_id), (ReviewRow, DisputeRow, HandoffRow)
    events = sa_select(col(EventRow.id)).where(are_events(named))
    return or_(subject.in_(events), *(subject.in_(_ids(table, named)) for table in of))


def _records(named: Named) -> ColumnElement[bool]:
    # An opportunity that is another account's by now is told of in what is known.
    known = col(CrmRecordRow.known)
    is_others = and_(
        col(CrmRecordRow.kind) == "opportunity", known.contains('"account_id":"'), ~_says_so(named.accounts)
    )
    return and_(_are_of(named, col(CrmRecordRow.kind), col(CrmRecordRow.record_id)), ~is_others)


def _says_so(accounts: Sequence[str]) -> ColumnElement[bool]:
    """That what is known of an opportunity says that it is an account's."""
    known = col(CrmRecordRow.known)
    return or_(*(known.contains(f'"account_id":"{form}"', autoescape=True) for form in accounts))


PARTS: Sequence[Part] = (
    Part(DecisionRow, _by_account(DecisionRow), {"facts": redact_text}),
    Part(AccountRow, _by_account(AccountRow), {"name": redact_words}),
    Part(ReviewRow, _by_account(ReviewRow), {"resolved_reason": redact_words}),
    Part(
        DisputeRow,
        _by_account(DisputeRow),
        {
            "reason": redact_words,
            "evidence": redact_words,
            "employee_counts": redact_text,
            "resolved_reason": redact_words,
        },
    ),
    Part(ConductMatterRow, _by_account(ConductMatterRow), {"reason": redact_words}),
    Part(HandoffRow, _by_account(HandoffRow), {"terms": redact_text}),
    Part(
        HandoffStepRow,
        lambda named: col(HandoffStepRow.handoff_id).in_(_ids(HandoffRow, named)),
        {"step": redact_text},
    ),
    Part(StatementRow, _said, {"body": redact_text}),
    Part(SalesRecordRow, _by_account(SalesRecordRow), {"body": redact_text}),
    Part(EventRow, are_events, {"problem": redact_sentences, "remarks": redact_sentences, "reason": redact_words}),
    Part(CrmRecordRow, _records, {"known": redact_text}),
    Part(ChatterPostRow, _by_account(ChatterPostRow), {"text": redact_words}),
    Part(OutboxRow, _by_account(OutboxRow), {"body": redact_text}),
    Part(DeliveryRow, _by_account(DeliveryRow), {"body": redact_text}),
    Part(
        DeliveryAttemptRow,
        lambda named: col(DeliveryAttemptRow.delivery_id).in_(_ids(DeliveryRow, named)),
        {"detail": redact_words},
    ),
)
"""Everything but what CRMs sent, answers that are remembered, and acts: see ``redacting_told``."""
ALSO_CHANGED = ("ledger_salts", "reviews")
"""Tables that change with them, and that are counted nowhere."""
_KINDS = {of.table: kind for kind, of in CONTENTS.items()}


def named_by(session: Session, account_id: str) -> Named:
    """By what the rows of an account are found."""
    accounts = forms_of(account_id)
    its_own = Named(accounts, ())
    handed = session.exec(select(HandoffRow.opportunity_id).where(_by_account(HandoffRow)(its_own)))
    duties = col(SalesRecordRow.kind) == SalesRecordKind.DUTIES
    told = session.exec(select(SalesRecordRow.subject).where(duties, _by_account(SalesRecordRow)(its_own)))
    of_crm = session.exec(select(CrmRecordRow.record_id).where(CrmRecordRow.kind == "opportunity", _says_so(accounts)))
    return Named(accounts, sorted({*handed, *told, *of_crm}))


def hold_account(session: Session, account_id: str) -> Named:
    """Let nobody decide on an account, or hand out what was, until the transaction ends; gives how it is named.

    Else what was read of it before could be written after. SQLite has one writer anyhow.
    """
    if session.connection().dialect.name == "postgresql":
        _lock(session, ["outbox"], ["account", account_id])
        its_own = named_by(session, account_id).opportunities
        _lock(session, *(["record", "opportunity", each] for each in its_own))
    return named_by(session, account_id)


def _lock(session: Session, *names: Sequence[str]) -> None:
    lock = text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number")
    session.connection().execute(lock, {"numbers": sorted(lock_number(*name) for name in names)})


def redact_rows(session: Session, named: Named) -> Counter[str]:
    """Redact the rows of an account, and take away what opened what was sealed of them; gives how many, by table.

    The caller commits. Nothing else of the rows changes.
    """
    changed: Counter[str] = Counter()
    with unguarded(session.connection(), *(_name(part.table) for part in PARTS)):
        for part in PARTS:
            keys = session.execute(sa_select(*_key(part.table)).where(part.are_its(named))).all()
            for start in range(0, len(keys), _PART):
                changed[_name(part.table)] += _redact(session, part, keys[start : start + _PART])
    return +changed


def _redact(session: Session, part: Part, keys: Sequence[Any]) -> int:
    columns = [getattr(part.table, name) for name in part.columns]
    own = _key(part.table)
    those = or_(*(and_(*(each == value for each, value in zip(own, key, strict=True))) for key in keys))
    if len(own) == 1:
        those = own[0].in_([key[0] for key in keys])
    new: list[dict[str, Any]] = []
    for row in session.execute(sa_select(*own, *columns).where(those)):
        values = dict(zip(part.columns, row[len(own) :], strict=True))
        redacted = {name: value and part.columns[name](value) for name, value in values.items()}
        if redacted != values:
            new.append(redacted | {f"of_{place}": value for place, value in enumerate(row[: len(own)])})
    kind, subjects = _KINDS.get(part.table), [str(each["of_0"]) for each in new]
    before = {} if kind is None else contents(session, ((kind, subject) for subject in subjects))
    change = update(part.table).where(
        *(each == bindparam(f"of_{place}", type_=each.type) for place, each in enumerate(own))
    )
    if new:
        session.connection().execute(change.values({name: bindparam(name) for name in part.columns}), new)
    if kind is not None:
        after = contents(session, ((kind, subject) for subject in subjects))
        changed = {of: _changed(before[kind, of], after[kind, of]) for of in subjects}
        forget_salts(session, kind, {of: pointers for of, pointers in changed.items() if pointers})
    return len(new)


def _changed(before: Content, after: Content) -> set[str]:
    """The pointers of what is not as it was sealed any more."""
    return {pointer for pointer, value in before.personal.items() if after.personal.get(pointer) != value}


def forget_salts(session: Session, kind: str, pointers: Mapping[str, Iterable[str]]) -> None:
    """Take away what opens parts of what was sealed, by the pointers of what is named there."""
    numbers = numbers_of(session, kind, pointers)
    of = {number: subject for subject, number in numbers.items()}
    with unguarded(session.connection(), _name(LedgerSaltsRow)):
        for row in session.exec(select(LedgerSaltsRow).where(col(LedgerSaltsRow.number).in_(of))):
            gone = {*pointers[of[row.number]], ONE_TEXT}
            left = {at: salt for at, salt in orjson.loads(row.salts).items() if at not in gone}
            row.salts = orjson.dumps(left).decode()
            session.add(row)
        session.flush()


def _key(table: type[SQLModel]) -> list[Any]:
    return [getattr(table, column.name) for column in SQLModel.metadata.tables[_name(table)].primary_key]


def _name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)
