"""Who made and revoked an API key, and when it was last used. Of keys that there are already it is not known."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_who_made_keys"
down_revision = "2026_11_29_replacing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("created_by", sa.String(), nullable=True))
    op.add_column("api_keys", sa.Column("revoked_by", sa.String(), nullable=True))
    op.add_column("api_keys", sa.Column("last_used_at", UtcInstant(), nullable=True))


def downgrade() -> None:
    """Keys work as before."""
    for column in ("created_by", "revoked_by", "last_used_at"):
        op.drop_column("api_keys", column)
