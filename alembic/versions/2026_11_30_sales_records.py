"""What is recorded of sales work beside decisions: duties, ranks, leads, touches, co-selling, requests."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_sales_records"
down_revision = "2026_11_30_single_sign_on"
branch_labels = None
depends_on = None

TABLE = "sales_records"
NAMES = {"id": "id", "rowid": "rowid"}
"""By what a row is there already; a statement to SQLite may name its rowid, too."""
REFUSED = f"rows of {TABLE} are never changed or removed"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("happened_at", UtcInstant(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("program", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
    )
    op.create_index("ix_sales_records_subject", TABLE, ["kind", "subject", "id"])
    op.create_index("ix_sales_records_account_id", TABLE, ["account_id", "kind", "id"])
    op.create_index("ix_sales_records_person", TABLE, ["kind", "person", "happened_at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuse_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        for name, column in NAMES.items():
            when = f"EXISTS (SELECT 1 FROM {TABLE} WHERE {column} = NEW.{column})"  # noqa: S608 - our own names
            trigger = f"CREATE TRIGGER {TABLE}_refuse_replacing_{name} BEFORE INSERT ON {TABLE} WHEN {when}"
            op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refused: going back would remove what was recorded."""
    raise NotImplementedError("What was recorded is never removed; restore a backup instead")
