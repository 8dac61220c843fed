"""What people stated of accounts since the records of these last changed, from the rows of decisions."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

from service.domain.account_ids import forms_of, full_id
from service.domain.decision import Kind
from service.domain.facts import Facts
from service.domain.identifiers import first_uuid7
from service.store.inbox import RecordName, StatedFacts
from service.store.rows import Decoders, Row
from service.store.rows.events import ACCOUNT

_MICROSECOND = timedelta(microseconds=1)
_FIRST = UUID(int=0)
_MOST_STATED = 100
STATED_COLUMNS = "d.account_id, d.id, d.recorded_at, d.facts"
STATED = f"""
FROM decisions d WHERE d.account_id = asked.account_id AND d.id >= asked.first_id AND d.kind = '{Kind.CLASSIFICATION}'
  AND coalesce(d.stands, true)
ORDER BY d.id DESC LIMIT {_MOST_STATED}
"""
"""What was stated of an account that is ``asked`` for, from an identifier on, the newest hundred."""


def news_of(
    names: Iterable[RecordName], standings: Iterable[Row], records: Iterable[Row], decoders: Decoders
) -> list[tuple[str, UUID]]:
    """The accounts of which anything was recorded since what is known of their records changed, and from where on.

    Each stands there by every form of its id.
    """
    known = {row[1]: decoders.instant(row[3]) for row in records if row[0] == ACCOUNT}
    told = {record_id for kind, record_id in names if kind == ACCOUNT}
    recorded = {row[0]: decoders.instant(row[2]) for row in standings if row[0] in told}
    return [
        (form, first_uuid7(known[account] + _MICROSECOND) if account in known else _FIRST)
        for account, at in recorded.items()
        if account not in known or at > known[account]
        for form in forms_of(account)
    ]


def decode_stated(
    rows: Iterable[Row], decoders: Decoders, read: Callable[[str], Facts]
) -> dict[str, list[StatedFacts]]:
    """What was stated of accounts, from the rows of ``STATED``."""
    stated: dict[str, list[StatedFacts]] = {}
    for account_id, decision_id, at, facts in rows:
        each = StatedFacts(decoders.identifier(decision_id), decoders.instant(at), read(facts))
        stated.setdefault(full_id(account_id), []).append(each)
    return stated
