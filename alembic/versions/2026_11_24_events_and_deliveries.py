"""What CRMs send, what is known of their records, and what goes out to subscribers."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_24_events_and_deliveries"
down_revision = "2026_11_24_moves_and_handoffs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _events()
    _subscribers()
    _deliveries()
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER payloads_refuse_{verb.lower()} BEFORE {verb} ON payloads "
                "BEGIN SELECT RAISE(ABORT, 'rows of payloads are never changed or removed'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER payloads_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON payloads "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _events() -> None:
    op.create_table(
        "payloads",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcInstant(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("payload_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("handoff_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("received_at", UtcInstant(), nullable=False),
        sa.Column("settled_at", UtcInstant(), nullable=False),
        sa.UniqueConstraint("event_key", name="uq_events_event_key"),
    )
    op.create_index("ix_events_status", "events", ["status", "id"])
    op.create_index("ix_events_record_id", "events", ["record_id", "id"])
    op.create_table(
        "crm_records",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("record_id", sa.String(), primary_key=True),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
    )


def _subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("kinds", sa.String(), nullable=False),
        sa.Column("teams", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("previous_secret", sa.String(), nullable=True),
        sa.Column("previous_until", UtcInstant(), nullable=True),
        sa.Column("failing_since", UtcInstant(), nullable=True),
        sa.Column("paused_until", UtcInstant(), nullable=True),
        sa.Column("disabled_at", UtcInstant(), nullable=True),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
    )
    op.create_index("ix_subscribers_status", "subscribers", ["status"])
    op.create_table(
        "outbox",
        sa.Column("decision_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("subscriber_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcInstant(), nullable=True),
        sa.Column("first_failed_at", UtcInstant(), nullable=True),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("settled_at", UtcInstant(), nullable=True),
        sa.UniqueConstraint("subscriber_id", "decision_id", name="uq_deliveries_subscriber_id_decision_id"),
    )
    pending = sa.text("status = 'pending'")
    for name, columns in (
        ("ix_deliveries_due", ["subscriber_id", "next_at"]),
        ("ix_deliveries_in_order", ["subscriber_id", "account_id", "decision_id"]),
    ):
        op.create_index(name, "deliveries", columns, sqlite_where=pending, postgresql_where=pending)
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id", "id"])
    op.create_index("ix_deliveries_account_id", "deliveries", ["account_id", "id"])
    op.create_index("ix_deliveries_status", "deliveries", ["status", "id"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("took", sa.Float(), nullable=False),
    )
    op.create_index("ix_delivery_attempts_delivery_id", "delivery_attempts", ["delivery_id", "id"])


def downgrade() -> None:
    """Refused: going back would remove what was received."""
    raise NotImplementedError("Recorded events are never removed; restore a backup instead")
