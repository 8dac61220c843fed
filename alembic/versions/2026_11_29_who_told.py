"""Who told the facts that a decision rests on. Of decisions that there are already it is not known."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_who_told"
down_revision = "2026_11_29_one_account"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("told_by", sa.Text(), nullable=True))


def downgrade() -> None:
    """What was kept of it is gone; decisions are as before."""
    op.drop_column("decisions", "told_by")
