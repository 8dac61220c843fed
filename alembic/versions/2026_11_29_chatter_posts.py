"""What was posted to Chatter, or tried, on accounts of Salesforce.

The release before hands out no notice, and passes over deliveries of them.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_chatter_posts"
down_revision = "2026_11_29_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chatter_posts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("began_at", UtcInstant(), nullable=False),
        sa.Column("busy_until", UtcInstant(), nullable=True),
        sa.Column("post_id", sa.String(), nullable=True),
        sa.Column("posted_at", UtcInstant(), nullable=True),
    )
    op.create_index("ix_chatter_posts_account_id", "chatter_posts", ["account_id", "type", "posted_at"])
    op.create_index("ix_chatter_posts_subject_id", "chatter_posts", ["subject_id", "id"])


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was posted would be posted again; restore a backup instead")
