"""People sign in to the console with their company's identity provider, too."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_single_sign_on"
down_revision = "2026_11_30_console"
branch_labels = None
depends_on = None

NEW = ("issuer", "subject", "name", "scopes", "team")


def upgrade() -> None:
    for name in NEW:
        op.add_column("console_sessions", sa.Column(name, sa.String(), nullable=True))
    op.add_column("console_sessions", sa.Column("believed_until", UtcInstant(), nullable=True))
    op.create_table(
        "person_subjects",
        sa.Column("issuer", sa.String(), primary_key=True),
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("joined_at", UtcInstant(), nullable=False),
    )


def downgrade() -> None:
    """Refused: going back would remove who was joined to whom, and take sessions without a key for links."""
    raise NotImplementedError("What was recorded is never removed; restore a backup instead")
