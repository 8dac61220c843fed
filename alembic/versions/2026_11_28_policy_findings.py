"""What is odd in a policy, remembered with the release that found it."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_28_policy_findings"
down_revision = "2026_11_24_policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_findings",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("found_by", sa.String(), primary_key=True),
        sa.Column("findings", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Nothing is lost: what is odd in a policy is found anew."""
    op.drop_table("policy_findings")
