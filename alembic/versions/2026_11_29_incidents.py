"""An index by which the conduct matters of an account are found, so that none is recorded twice.

What the release before recorded twice stays, and counts once.
"""

from alembic import op

revision = "2026_11_29_incidents"
down_revision = "2026_11_29_chatter_posts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conduct_matters_account_id", "conduct_matters", ["account_id", "id"])


def downgrade() -> None:
    """The release before reads them all."""
    op.drop_index("ix_conduct_matters_account_id", "conduct_matters")
