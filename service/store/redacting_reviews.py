"""Let reviews be found by counts whose texts are redacted: what names a review is made of them."""

from collections.abc import Iterator

import orjson
from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from service.domain.facts import EmployeeCount, EmployeeCounts
from service.domain.reviews import redacted_fingerprints
from service.store.guards import unguarded
from service.store.redacting import Named
from service.store.tables.decisions import DecisionRow
from service.store.tables.reviews import DisputeRow, ReviewRow

_COUNTS: TypeAdapter[tuple[EmployeeCount, ...]] = TypeAdapter(EmployeeCounts)


def redact_fingerprints(session: Session, named: Named) -> None:
    """Rename the reviews of an account to what their counts are called once these are redacted: to be done before.

    Of several that only the names of third parties told apart, the newest is.
    """
    renamed: dict[str, str] = {}
    for counts in _counts_of(session, named):
        renamed |= redacted_fingerprints(counts)
    own = col(ReviewRow.account_id).in_(named.accounts)
    rows = session.exec(select(ReviewRow).where(own).order_by(col(ReviewRow.id).desc())).all()
    taken = {row.counts_fingerprint for row in rows}
    with unguarded(session.connection(), "reviews"):
        for row in rows:
            fingerprint = renamed.get(row.counts_fingerprint, row.counts_fingerprint)
            if fingerprint not in taken:
                taken.add(fingerprint)
                row.counts_fingerprint = fingerprint
                session.add(row)
        session.flush()


def _counts_of(session: Session, named: Named) -> Iterator[tuple[EmployeeCount, ...]]:
    """Every set of counts that a review of an account may be of, once."""
    decided = select(DecisionRow.facts).where(col(DecisionRow.account_id).in_(named.accounts))
    disputed = select(DisputeRow.employee_counts).where(col(DisputeRow.account_id).in_(named.accounts))
    told = {orjson.dumps(orjson.loads(facts).get("employee_counts", [])) for facts in session.exec(decided)}
    for counts in told | {each.encode() for each in session.exec(disputed)}:
        yield _COUNTS.validate_json(counts)
