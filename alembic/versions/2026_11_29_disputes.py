"""Disputes have rows of their own: the release before would supersede them with the next counts that are posted.

What was decided of one leads over counts that are posted later: it stands in rows of ``reviews``, where the release
before finds it too. What was put forward is never rewritten, and what was decided is added to ``statements``.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_disputes"
down_revision = "2026_11_29_wider_facets"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("status = 'open'")
NEVER_REWRITTEN = (
    "id, account_id, reason, employee_counts, evidence, opened_by, opened_at, opened_by_decision_id, request_id"
)
RESOLUTION = "status, resolved_at, resolved_by, resolved_segment, resolved_reason, resolution_decision_id"
PLACES = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
"""Where the parts of an identifier begin in a SQLite file, and how long they are."""


def upgrade() -> None:
    op.add_column("reviews", sa.Column("dispute_id", sa.Uuid(), nullable=True))
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("employee_counts", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.Column("opened_by_decision_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("resolved_at", UtcInstant(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolved_segment", sa.String(), nullable=True),
        sa.Column("resolved_reason", sa.Text(), nullable=True),
        sa.Column("resolution_decision_id", sa.Uuid(), nullable=True),
    )
    op.create_index("ix_disputes_account_id", "disputes", ["account_id", "id"])
    op.create_index("ix_disputes_status", "disputes", ["status", "id"])
    op.create_index(
        "uq_disputes_open", "disputes", ["account_id"], unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    new, old = (", ".join(f"{row}.{column}" for column in RESOLUTION.split(", ")) for row in ("NEW", "OLD"))
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(f"NEW.resolved_at IS NOT NULL AND ({new}) IS NOT ({old})")
    else:
        _on_postgresql(f"NEW.resolved_at IS NOT NULL AND ({new}) IS DISTINCT FROM ({old})")


def _said(identifier: str, decision_id: str, make: str) -> str:
    """What is added to ``statements`` where something is decided."""
    body = {"status": "NEW.status", "segment": "NEW.resolved_segment", "reason": "NEW.resolved_reason"}
    pairs = ", ".join(f"'{name}', {value}" for name, value in (body | {"decision_id": decision_id}).items())
    values = f"{identifier}, 'dispute_resolution', NEW.id, NEW.resolved_by, NEW.resolved_at, {make.format(pairs)}"
    return f"INSERT INTO statements (id, kind, subject_id, said_by, said_at, body) VALUES ({values})"  # noqa: S608 - our own names


def _on_sqlite(is_said: str) -> None:
    of = "NEW.resolution_decision_id"
    spelled = " || '-' || ".join(f"substr({of}, {start}, {length})" for start, length in PLACES)
    add = _said("lower(hex(randomblob(16)))", spelled, "json_object({})")
    op.execute(f"CREATE TRIGGER disputes_say_update AFTER UPDATE ON disputes WHEN {is_said} BEGIN {add}; END")
    refused = "BEGIN SELECT RAISE(ABORT, 'rows of disputes are never changed or removed'); END"
    for verb in (f"UPDATE OF {NEVER_REWRITTEN}", "DELETE"):
        op.execute(f"CREATE TRIGGER disputes_refuse_{verb.split()[0].lower()} BEFORE {verb} ON disputes {refused}")
    for name in ("id", "rowid"):
        there = f"EXISTS (SELECT 1 FROM disputes WHERE {name} = NEW.{name})"  # noqa: S608 - our own names
        op.execute(f"CREATE TRIGGER disputes_refuse_replacing_{name} BEFORE INSERT ON disputes WHEN {there} {refused}")
    there = "EXISTS (SELECT 1 FROM disputes WHERE status = 'open' AND account_id = NEW.account_id)"
    when = f"NEW.status = 'open' AND {there}"
    op.execute(f"CREATE TRIGGER disputes_refuse_replacing_open BEFORE INSERT ON disputes WHEN {when} {refused}")


def _on_postgresql(is_said: str) -> None:
    add = _said("gen_random_uuid()", "NEW.resolution_decision_id", "json_build_object({})::text")
    op.execute(
        f"CREATE FUNCTION say_disputes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {add}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER disputes_say_update AFTER UPDATE ON disputes FOR EACH ROW WHEN ({is_said}) "
        "EXECUTE FUNCTION say_disputes()"
    )
    op.execute(
        f"CREATE TRIGGER disputes_refuse_change BEFORE UPDATE OF {NEVER_REWRITTEN} OR DELETE OR TRUNCATE ON disputes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was disputed is never removed; restore a backup instead")
