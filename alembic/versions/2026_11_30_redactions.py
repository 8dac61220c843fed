"""Redactions of accounts, and how what refuses changes lets one through: in that transaction alone.

On SQLite whoever redacts lifts the triggers in its transaction, which nobody else sees. In PostgreSQL that would hold
up everybody who records, so that the functions of the triggers look whether their transaction is marked, by a role that
owns the table and so could lift them anyway. What is changed then is not said anew either.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_redactions"
down_revision = "2026_11_30_ledger_told"
branch_labels = None
depends_on = None

LIFTED = """
CREATE FUNCTION is_lifted(of oid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('chalkline.lifted', true), '') = pg_current_xact_id()::text
    AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE pg_class.oid = of), 'MEMBER')
$$
"""
GUARDS = ("refuse_change", "refuse_all_but_forgetting", "say_reviews", "say_events")
"""The functions of triggers that a redaction goes past."""
OPEN = sa.text("redacted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "redactions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", UtcInstant(), nullable=True),
        sa.Column("redacted_at", UtcInstant(), nullable=True),
    )
    op.create_index("ix_redactions_account_id", "redactions", ["account_id", "id"])
    op.create_index(
        "uq_redactions_open", "redactions", ["account_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(LIFTED)
    for name in GUARDS:
        source = op.get_bind().scalar(sa.text("SELECT prosrc FROM pg_proc WHERE proname = :name"), {"name": name})
        body = str(source).strip().removeprefix("BEGIN")
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN "
            f"IF is_lifted(TG_RELID) THEN RETURN NEW; END IF; {body} $guard$"
        )


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was redacted does not come back; restore a backup instead")
