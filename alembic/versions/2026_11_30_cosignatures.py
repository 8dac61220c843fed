"""What witnesses say of checkpoints: a line for each, beside the checkpoints, and never changed as they are not."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_cosignatures"
down_revision = "2026_11_30_redactions"
branch_labels = None
depends_on = None

TABLE = "ledger_cosignatures"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcInstant(), nullable=False),
    )
    op.create_index("ix_ledger_cosignatures_key", TABLE, ["key", "size"])
    _refuse_changes()


def _refuse_changes() -> None:
    """Let the database refuse to change, remove or replace a row."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, 'rows of {TABLE} are never changed or removed'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {TABLE}_refuse_{verb.lower()} BEFORE {verb} ON {TABLE} {refused}")
    for name, old, new in (("key", "(size, key)", "(NEW.size, NEW.key)"), ("rowid", "rowid", "NEW.rowid")):
        there = f"EXISTS (SELECT 1 FROM {TABLE} WHERE {old} = {new})"  # noqa: S608 - our own names
        op.execute(f"CREATE TRIGGER {TABLE}_refuse_replacing_{name} BEFORE INSERT ON {TABLE} WHEN {there} {refused}")


def downgrade() -> None:
    """Refused: going back would remove what witnesses said."""
    raise NotImplementedError("What witnesses said is never removed; restore a backup instead")
