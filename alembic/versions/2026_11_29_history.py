"""Whether a decision stood when it was recorded, and an index to find what stood on a day.

Of decisions that there are already, the newest always stood.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_history"
down_revision = "2026_11_29_what_was_said"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("stands", sa.Boolean(), nullable=True))
    op.create_index("ix_decisions_account_day", "decisions", ["account_id", "effective_on", "id"])


def downgrade() -> None:
    """History is then told from other decisions no more; where accounts stand is as before."""
    op.drop_index("ix_decisions_account_day", "decisions")
    op.drop_column("decisions", "stands")
