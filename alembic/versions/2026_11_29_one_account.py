"""An account that was recorded under the 15 characters of its Salesforce id is one with itself under the 18.

Where it stands, what is known of it, its reviews and handoffs, and what is under way to subscribers go by the 18 from
now on. Where both forms stood somewhere, the one of the later day leads, the newer among equals. Decisions and conduct
matters are never changed: they stay as they are, and are found by either form; so are deliveries that were settled.

The release before goes on as it did: what it is told under 15 is an account of its own again, until a start of a later
release brings it together.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from alembic import op
from service.domain.account_ids import forms_of, full_id
from service.store.guards import unguarded
from service.store.inbox import Known, StatedFacts
from service.store.rows.decisions import facts_of
from service.store.tables.types import UtcInstant
from service.usecases.account_events import known_together

revision = "2026_11_29_one_account"
down_revision = "2026_11_29_incidents"
branch_labels = None
depends_on = None

LETTER, LETTERS = "[A-Za-z0-9]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
CHUNK, AT_ONCE, MOST_STATED = 5, 500, 100
RECORDS = sa.table(
    "crm_records", sa.column("kind"), sa.column("record_id"), sa.column("known"), sa.column("changed_at", UtcInstant())
)
STATED = """
SELECT account_id, id, recorded_at, facts FROM (
  SELECT account_id, id, recorded_at, facts, row_number() OVER (PARTITION BY account_id ORDER BY id DESC) AS newest
  FROM decisions
  WHERE account_id IN :ids AND kind = 'classification' AND coalesce(stands, true)
    AND source NOT IN ('salesforce-outbound', 'salesforce-changes', 'hubspot', 'events')
) stated WHERE newest <= :most
"""
"""What people stated of accounts, the newest of each: what events told is known of the records."""
APART = """
SELECT f.record_id AS full_id FROM crm_records s JOIN crm_records f ON f.record_id = FULL(s.record_id)
  WHERE f.kind = 'account' AND s.kind = 'account' AND SHORT(s.record_id)
UNION SELECT f.record_id FROM accounts s JOIN crm_records f ON f.record_id = FULL(s.account_id)
  WHERE f.kind = 'account' AND SHORT(s.account_id)
UNION SELECT f.account_id FROM crm_records s JOIN accounts f ON f.account_id = FULL(s.record_id)
  WHERE s.kind = 'account' AND SHORT(s.record_id)
"""
"""The accounts whose record is known under one form while it, or anything, was also recorded under the other."""
TWICE = """
SELECT s.account_id AS short_id, f.account_id AS full_id,
       (ds.effective_on, ds.id) > (df.effective_on, df.id) AS short_leads
FROM accounts s JOIN accounts f ON f.account_id = FULL(s.account_id)
JOIN decisions ds ON ds.id = s.decision_id JOIN decisions df ON df.id = f.decision_id
WHERE SHORT(s.account_id)
"""
"""The accounts that stand somewhere under both forms, and whether the shorter one leads."""
STAND_TOGETHER = """
UPDATE accounts AS f SET
  decision_id = CASE WHEN t.short_leads THEN s.decision_id ELSE f.decision_id END,
  move = CASE WHEN t.short_leads THEN s.move ELSE f.move END,
  recorded_at = CASE WHEN s.recorded_at > f.recorded_at THEN s.recorded_at ELSE f.recorded_at END,
  changed_over_on = CASE
    WHEN f.changed_over_on IS NULL OR s.changed_over_on > f.changed_over_on THEN s.changed_over_on
    ELSE f.changed_over_on
  END
FROM accounts s, twice t WHERE s.account_id = t.short_id AND f.account_id = t.full_id
"""
NOT_OPEN_ANY_MORE = """
UPDATE reviews SET status = 'superseded' WHERE status = 'open' AND account_id IN (
  SELECT CASE WHEN short_leads THEN full_id ELSE short_id END FROM twice
)
"""
"""Of what does not stand any more no review is open, as though the other had been decided after it."""
PASSED_OVER = """
SELECT CASE WHEN p.short_first THEN p.full_review ELSE p.short_review END AS review_id FROM (
  SELECT s.id AS short_review, f.id AS full_review, CASE
    WHEN f.status = 'open' OR s.status = 'open' THEN s.status = 'open'
    WHEN f.resolved_at IS NOT NULL AND s.resolved_at IS NOT NULL THEN s.resolved_at > f.resolved_at
    WHEN f.resolved_at IS NOT NULL OR s.resolved_at IS NOT NULL THEN s.resolved_at IS NOT NULL
    ELSE t.short_leads
  END AS short_first
  FROM twice t JOIN reviews s ON s.account_id = t.short_id
  JOIN reviews f ON f.account_id = t.full_id AND f.counts_fingerprint = s.counts_fingerprint
) p
"""
"""Of two reviews of the same counts leads what is open, then what was resolved last, then that of what stands."""
LEAD_NO_MORE = """
UPDATE reviews SET counts_fingerprint = counts_fingerprint || '/' || id WHERE id IN (SELECT review_id FROM passed_over)
"""
"""Counts that are posted again find the other."""
OF_ANOTHER_OPPORTUNITY = """
NOT EXISTS (
  SELECT 1 FROM handoffs f
  WHERE f.account_id = FULL(handoffs.account_id) AND f.opportunity_id = handoffs.opportunity_id
)
"""
"""Of two handoffs of one opportunity the other keeps the shorter form, and both are answered."""
OLDER_WRITES_GO = """
DELETE FROM crm_writes WHERE account_id IN (
  SELECT CASE WHEN f.since IS NULL OR s.since > f.since THEN f.account_id ELSE s.account_id END
  FROM crm_writes s JOIN crm_writes f ON f.account_id = FULL(s.account_id) WHERE SHORT(s.account_id)
)
"""
WAITING = """
SELECT DISTINCT FULL(account_id) AS full_id FROM deliveries WHERE status = 'pending' AND SHORT(account_id)
"""
ONE_IS_DUE = """
UPDATE deliveries SET next_at = NULL
WHERE status = 'pending' AND next_at IS NOT NULL AND account_id IN (SELECT full_id FROM waiting) AND EXISTS (
  SELECT 1 FROM deliveries e
  WHERE e.subscriber_id = deliveries.subscriber_id AND e.account_id = deliveries.account_id
    AND e.status = 'pending' AND e.decision_id < deliveries.decision_id
)
"""
"""Of one account and subscriber only the earliest is due; it lets the next go."""


def upgrade() -> None:
    bring_together(op.get_bind())


def bring_together(connection: sa.Connection) -> None:
    """Make one of every account that is recorded under both forms, and have those of the shorter one go by the longer.

    A start does so too, where the release before has recorded something since.
    """
    sql = _Sql(connection)
    with sql.table("apart", APART):
        _join_records(connection)
    sql.go_by_full("crm_records", "record_id", "kind = 'account'")
    with sql.table("twice", TWICE):
        sql.run(STAND_TOGETHER)
        sql.run("DELETE FROM accounts WHERE account_id IN (SELECT short_id FROM twice)")
        sql.go_by_full("accounts")
        sql.run(NOT_OPEN_ANY_MORE)
        if sql.has_short("reviews"):
            with sql.table("passed_over", PASSED_OVER), unguarded(connection, "reviews"):
                sql.run(LEAD_NO_MORE)
                sql.go_by_full("reviews")
    if sql.has_short("handoffs"):
        with unguarded(connection, "handoffs"):
            sql.go_by_full("handoffs", which=OF_ANOTHER_OPPORTUNITY)
    _writes_and_deliveries(sql)
    sql.go_by_full("changeovers", "after_account_id")


class _Sql:
    """Statements in the words of a database: SHORT(column) asks for the shorter form, FULL(column) makes the longer."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.is_lite = connection.dialect.name == "sqlite"

    def run(self, statement: str) -> sa.CursorResult[Any]:
        """Carry a statement out."""
        statement = re.sub(r"SHORT\(([\w.]+)\)", lambda found: self._is_short(found[1]), statement)
        statement = re.sub(r"FULL\(([\w.]+)\)", lambda found: self._full(found[1]), statement)
        return self.connection.execute(sa.text(statement))

    def has_short(self, table: str) -> bool:
        """Whether any row goes by the shorter form."""
        return bool(self.run(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE SHORT(account_id))").scalar())  # noqa: S608 - our own names

    def _is_short(self, column: str) -> str:
        return f"{column} GLOB '001{LETTER * 12}'" if self.is_lite else f"{column} ~ '^001{LETTER}{{12}}$'"

    def _full(self, column: str) -> str:
        """Three letters more, each for the capitals among five characters."""
        binary = "BINARY" if self.is_lite else '"C"'
        ends = ""
        for first in range(1, 15, CHUNK):
            capitals = " + ".join(
                f"CASE WHEN substr({column}, {first + place}, 1) COLLATE {binary} BETWEEN 'A' AND 'Z' "
                f"THEN {1 << place} ELSE 0 END"
                for place in range(CHUNK)
            )
            ends += f" || substr('{LETTERS}', 1 + {capitals}, 1)"
        return f"({column}{ends})"

    def go_by_full(self, table: str, column: str = "account_id", which: str = "true") -> None:
        """Have rows go by the longer form."""
        self.run(f"UPDATE {table} SET {column} = FULL({table}.{column}) WHERE {which} AND SHORT({table}.{column})")  # noqa: S608 - our own names

    @contextmanager
    def table(self, name: str, query: str) -> Iterator[None]:
        """What a query finds, as a table for the while, in the order of its first column."""
        self.run(f"CREATE TEMPORARY TABLE {name} AS {query}")
        first = next(iter(self.run(f"SELECT * FROM {name} LIMIT 0").keys()))  # noqa: S608 - as above
        self.run(f"CREATE INDEX {name}_in_order ON {name} ({first})")
        yield
        self.run(f"DROP TABLE {name}")


def _join_records(connection: sa.Connection) -> None:
    """Put together what is known of accounts under either form, and what people stated of them, some at a time."""
    some = sa.text("SELECT full_id FROM apart WHERE full_id > :after ORDER BY full_id LIMIT :most")
    after = ""
    while ids := connection.scalars(some, {"after": after, "most": AT_ONCE}).all():
        forms = [form for account_id in ids for form in forms_of(account_id)]
        ours = (RECORDS.c.kind == "account", RECORDS.c.record_id.in_(forms))
        known: dict[str, list[Known]] = {}
        for row in connection.execute(sa.select(RECORDS).where(*ours).with_for_update()):
            known.setdefault(full_id(row.record_id), []).append(Known(row.known, row.changed_at))
        stated = _stated(connection, forms)
        together = {each: known_together(each, found, stated.get(each, ())) for each, found in known.items()}
        connection.execute(sa.delete(RECORDS).where(*ours))
        connection.execute(
            sa.insert(RECORDS),
            [
                {"kind": "account", "record_id": each, "known": found.json, "changed_at": found.changed_at}
                for each, found in together.items()
            ],
        )
        after = ids[-1]


def _stated(connection: sa.Connection, forms: list[str]) -> dict[str, list[StatedFacts]]:
    columns: dict[str, Any] = {"id": sa.Uuid(), "recorded_at": UtcInstant()}
    query = sa.text(STATED).bindparams(sa.bindparam("ids", expanding=True)).columns(**columns)
    found: dict[str, list[StatedFacts]] = {}
    for row in connection.execute(query, {"ids": forms, "most": MOST_STATED}).mappings():
        each = StatedFacts(row["id"], row["recorded_at"], facts_of(row["facts"]))
        found.setdefault(full_id(row["account_id"]), []).append(each)
    return found


def _writes_and_deliveries(sql: _Sql) -> None:
    sql.run(OLDER_WRITES_GO)
    sql.go_by_full("crm_writes")
    sql.go_by_full("outbox")
    with sql.table("waiting", WAITING):
        sql.go_by_full("deliveries", which="deliveries.status = 'pending'")
        sql.run(ONE_IS_DUE)


def downgrade() -> None:
    """Nothing is lost: the release before finds these accounts by the longer form, as it finds any other."""
