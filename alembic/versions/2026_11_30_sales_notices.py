"""What was told of leads, by which those are found that are yet to be; and records of one kind, the newest first."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_sales_notices"
down_revision = "2026_11_30_leads"
branch_labels = None
depends_on = None

TABLE = "lead_clocks"
INDEXES = (
    ("ix_lead_clocks_overdue", "due_at", "due_at IS NOT NULL AND touched_at IS NULL AND noticed IS NULL"),
    (
        *("ix_lead_clocks_left", "assigned_at"),
        "touched_at IS NULL AND (noticed = 'lead.overdue' OR (due_at IS NULL AND noticed IS NULL))",
    ),
)


def upgrade() -> None:
    # All may be NULL: a lead that the release before assigns is told of all the same once its hour is over.
    op.add_column(TABLE, sa.Column("assigned_at", UtcInstant(), nullable=True))
    op.add_column(TABLE, sa.Column("days_alone", sa.Integer(), nullable=True))
    op.add_column(TABLE, sa.Column("noticed", sa.String(), nullable=True))
    op.execute(
        "UPDATE lead_clocks SET assigned_at = "
        "(SELECT happened_at FROM sales_records WHERE sales_records.id = lead_clocks.assignment)"
    )
    for name, column, waits in INDEXES:
        op.create_index(name, TABLE, [column], sqlite_where=sa.text(waits), postgresql_where=sa.text(waits))
    op.create_index("ix_sales_records_kind", "sales_records", ["kind", "id"])


def downgrade() -> None:
    op.drop_index("ix_sales_records_kind", "sales_records")
    for name, *_ in INDEXES:
        op.drop_index(name, TABLE)
    for name in ("noticed", "days_alone", "assigned_at"):
        op.drop_column(TABLE, name)
