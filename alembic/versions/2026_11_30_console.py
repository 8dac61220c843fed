"""People sign in to the console, each with an API key."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_console"
down_revision = "2026_11_30_handoff_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = UtcInstant()
    op.create_table(
        "console_sessions",
        sa.Column("hash", sa.String(), primary_key=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("last_seen_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
    )
    op.create_index("ix_console_sessions_expires_at", "console_sessions", ["expires_at"])


def downgrade() -> None:
    """Who is signed in is no record: they sign in again."""
    op.drop_table("console_sessions")
