"""Which checkpoint subscribers were told last, and when: one row, which whoever tells the next one holds."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_ledger_told"
down_revision = "2026_11_30_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_told",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcInstant(), nullable=True),
    )
    op.execute("INSERT INTO ledger_told (id, size) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("ledger_told")
