"""Take an account out of what came in and what was answered: payloads, remembered answers, and filters of exports."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import select as sa_select
from sqlalchemy import text
from sqlmodel import Session, col, select

from service.domain.account_ids import in_all_forms
from service.domain.acts import ActKind
from service.domain.redaction import REDACTED, Leaving, redact
from service.store.guards import unguarded
from service.store.inbox import EventStatus
from service.store.redacting import Named, are_events, forget_salts
from service.store.rows.accounts import search_name
from service.store.tables.decisions import DecisionRow, IdempotencyRow
from service.store.tables.events import EventRow, PayloadRow
from service.store.tables.ledger import ActRow

_TELLS_OF = {"sqlite": "instr(body, :{}) > 0", "postgresql": "position(:{} IN body) > 0"}
_PART = 100
Without: TypeAlias = Callable[[bytes, Leaving], bytes]
"""Takes out of a payload what it tells of records; it is for whoever reads payloads."""


def names_of(session: Session, named: Named) -> set[str]:
    """The names that the account had, as far as they are on record."""
    found: set[str] = set()
    for facts in session.exec(select(DecisionRow.facts).where(col(DecisionRow.account_id).in_(named.accounts))):
        name = orjson.loads(facts)["account"].get("name")
        found |= {name} - {None, REDACTED}
    return found


def redact_payloads(session: Session, named: Named, names: set[str], at: datetime, without: Without) -> int:
    """Empty what CRMs sent of an account; gives how many payloads.

    One that an event of something else needs, which waits or is rejected, is kept ``without`` what it tells of it.
    """
    changed = 0
    with unguarded(session.connection(), "payloads"):
        for payload_id in session.exec(select(EventRow.payload_id).where(are_events(named)).distinct()).all():
            kept = select(PayloadRow).where(col(PayloadRow.id) == payload_id, col(PayloadRow.forgotten_at).is_(None))
            row = session.exec(kept).first()
            if row is None:
                continue
            is_needed = (col(EventRow.status) == EventStatus.REJECTED, ~are_events(named))
            needed = session.exec(select(EventRow.record_id).where(EventRow.payload_id == payload_id, *is_needed)).all()
            body, row.digest = row.body, row.digest or hashlib.sha256(row.body).hexdigest()
            row.body = without(body, Leaving(_its_own(named), in_all_forms(needed), names)) if needed else b""
            row.forgotten_at = None if row.body else at
            changed += row.body != body
            session.add(row)
        session.flush()
    return changed


def _its_own(named: Named) -> set[str]:
    """What names an account, or an opportunity of its own."""
    return {*named.accounts, *named.opportunities}


def redact_answers(session: Session, named: Named) -> int:
    """Redact what is remembered to be answered again of an account; gives how many answers."""
    changed = 0
    connection = session.connection()
    tells_of = _TELLS_OF[connection.dialect.name]
    its_own = sorted(_its_own(named))
    for start in range(0, len(its_own), _PART):
        ids = {f"id{place}": each.encode() for place, each in enumerate(its_own[start : start + _PART])}
        told_of = text(" OR ".join(tells_of.format(name) for name in ids)).bindparams(**ids)
        key = (col(IdempotencyRow.caller), col(IdempotencyRow.key))
        for found in session.execute(sa_select(*key).where(told_of)).all():
            row = session.get_one(IdempotencyRow, tuple(found))
            told = orjson.loads(row.body)
            redacted = _redact_of(told, named)
            if redacted != told:
                row.body = orjson.dumps(redacted)
                session.add(row)
                changed += 1
    session.flush()
    return changed


def _redact_of(told: Any, named: Named) -> Any:  # noqa: ANN401 - JSON
    """JSON in which each object that is about the account, or about an opportunity of its own, is redacted."""
    if isinstance(told, list):
        return [_redact_of(each, named) for each in told]
    if not isinstance(told, dict):
        return told
    account = told.get("account")
    said = (told.get("account_id"), told.get("id"), account.get("id") if isinstance(account, dict) else account)
    if any(each in named.accounts for each in said if isinstance(each, str)):
        return redact(told)
    kinds = {"account": named.accounts, "opportunity": named.opportunities}
    if told.get("record_id") in kinds.get(told.get("record_kind", ""), ()):
        return redact(told)
    return {name: _redact_of(value, named) for name, value in told.items()}


def redact_exports(session: Session, names: set[str]) -> int:
    """Redact what exports were searched by, where that is part of a name, or has one in it; gives how many acts."""
    searched = {search_name(name) or "" for name in names}

    def tells(asked: str) -> bool:
        found = search_name(asked) or ""
        return any((found and found in name) or (name and f" {name} " in f" {found} ") for name in searched)

    exports = select(ActRow).where(ActRow.kind == ActKind.EXPORTED, col(ActRow.body).contains('"q":'))
    changed: list[str] = []
    with unguarded(session.connection(), "acts"):
        for row in session.exec(exports).all():
            body = orjson.loads(row.body)
            asked = body["filter"]["q"]
            said = [asked] if isinstance(asked, str) else asked
            if any(map(tells, said)):
                body["filter"]["q"] = [REDACTED] if isinstance(asked, list) else REDACTED
                row.body = orjson.dumps(body).decode()
                session.add(row)
                changed.append(str(row.id))
        session.flush()
    forget_salts(session, "act", dict.fromkeys(changed, ("/body",)))
    return len(changed)
