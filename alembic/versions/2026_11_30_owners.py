"""The CRM's id of the user who owns an account, by which the book of a person is found."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_30_owners"
down_revision = "2026_11_30_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("owner_id", sa.String(), nullable=True))
    has_owner = sa.text("owner_id IS NOT NULL")
    op.create_index(
        "ix_accounts_owner_id",
        "accounts",
        ["owner_id", "decision_id"],
        sqlite_where=has_owner,
        postgresql_where=has_owner,
    )


def downgrade() -> None:
    """The release before cannot read decisions that state an owner."""
    op.drop_index("ix_accounts_owner_id", "accounts")
    op.drop_column("accounts", "owner_id")
