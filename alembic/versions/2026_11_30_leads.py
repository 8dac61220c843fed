"""The clocks of leads, by which overdue ones are found."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_leads"
down_revision = "2026_11_30_sales_records"
branch_labels = None
depends_on = None

TABLE = "lead_clocks"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("lead_id", sa.String(), primary_key=True),
        sa.Column("assignment", sa.Uuid(), nullable=False),
        sa.Column("sdr", sa.String(), nullable=False),
        sa.Column("due_at", UtcInstant(), nullable=True),
        sa.Column("touched_at", UtcInstant(), nullable=True),
    )
    waits = sa.text("due_at IS NOT NULL AND touched_at IS NULL")
    op.create_index("ix_lead_clocks_assignment", TABLE, ["assignment"])
    op.create_index("ix_lead_clocks_sdr", TABLE, ["sdr", "assignment"])
    for name, columns in (
        ("ix_lead_clocks_waiting", ["assignment"]),
        ("ix_lead_clocks_sdr_waiting", ["sdr", "assignment"]),
    ):
        op.create_index(name, TABLE, columns, sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    """Refused: the clocks of the leads on record would not come back."""
    raise NotImplementedError("What was recorded is never removed; restore a backup instead")
