"""A subscriber's secrets before the previous one are kept for as long as it was promised that they work on."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_earlier_secrets"
down_revision = "2026_11_29_forgetting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("earlier_secrets", sa.Text(), nullable=True))


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("Secrets that work on are never removed; restore a backup instead")
