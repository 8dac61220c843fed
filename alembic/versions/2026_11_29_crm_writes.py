"""What the CRM last accepted of each account that is written back to it."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_crm_writes"
down_revision = "2026_11_29_who_tried_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_writes",
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("accepted", sa.Text(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("since", UtcInstant(), nullable=True),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("sending", sa.String(), nullable=True),
        sa.Column("busy_until", UtcInstant(), nullable=True),
    )


def downgrade() -> None:
    """Nothing is lost: what is not known to be accepted is written again."""
    op.drop_table("crm_writes")
