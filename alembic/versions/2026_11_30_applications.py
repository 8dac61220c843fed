"""A published revision can be applied to the accounts that stand under an older one; a decision may change nothing."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_applications"
down_revision = "2026_11_30_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = UtcInstant()
    op.add_column("decisions", sa.Column("unchanged", sa.Boolean(), nullable=True))
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", instant, nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("leased_until", instant, nullable=True),
        sa.Column("finished_at", instant, nullable=True),
    )


def downgrade() -> None:
    """The release before knows nothing of applications; the decisions that they led to are none that it can read."""
    op.drop_table("applications")
    op.drop_column("decisions", "unchanged")
