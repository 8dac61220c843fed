"""What an event waits for: the first decision on an account, or a day.

It has the status of a rejected one, which the release before knows, and tries again where it is asked to.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_waiting_events"
down_revision = "2026_11_29_who_tried_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column, kind in (("waits_for", sa.String()), ("waits_until", sa.Date())):
        op.add_column("events", sa.Column(column, kind, nullable=True))
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_events_{column}", "events", [column], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """What waits is rejected then."""
    for column in ("waits_for", "waits_until"):
        op.drop_index(f"ix_events_{column}", "events")
        op.drop_column("events", column)
