"""Subscribers are told of more than decisions: by types of message, which they may choose.

The release before adds deliveries of decisions alone, hands out nothing else, and passes over what it does not know.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_told"
down_revision = "2026_11_29_crm_writes"
branch_labels = None
depends_on = None

IS_PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("types", sa.String(), nullable=True))
    op.add_column("deliveries", sa.Column("type", sa.String(), nullable=False, server_default="decision.recorded"))
    op.add_column("handoffs", sa.Column("noticed", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("type", sa.String(), nullable=True))
    for table in ("outbox", "deliveries"):
        op.add_column(table, sa.Column("body", sa.Text(), nullable=True))
    _index("decision_id")


def _index(*last: str) -> None:
    """What is due at one instant is claimed in its order, and not sorted for each claim."""
    op.drop_index("ix_deliveries_due", "deliveries")
    columns = ["subscriber_id", "next_at", *last]
    op.create_index("ix_deliveries_due", "deliveries", columns, sqlite_where=IS_PENDING, postgresql_where=IS_PENDING)


def downgrade() -> None:
    """What only these types tell is given up."""
    op.execute("DELETE FROM outbox WHERE type IS NOT NULL")
    op.execute(
        "UPDATE deliveries SET status = 'given_up', next_at = NULL WHERE body IS NOT NULL AND status = 'pending'"
    )
    _index()
    for table, column in (
        *(("outbox", "body"), ("outbox", "type"), ("deliveries", "body"), ("deliveries", "type")),
        *(("handoffs", "noticed"), ("subscribers", "types")),
    ):
        op.drop_column(table, column)
