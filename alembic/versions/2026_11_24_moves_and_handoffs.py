"""Moves that stand, changeovers, conduct matters in full, handoffs with their steps, and the team of an API key."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_24_moves_and_handoffs"
down_revision = "2026_11_24_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("move", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("changed_over_on", sa.Date(), nullable=True))
    op.create_index("ix_accounts_changed_over_on", "accounts", ["changed_over_on"])
    op.add_column("api_keys", sa.Column("team", sa.String(), nullable=True))
    _conduct()
    _handoffs()
    op.create_table(
        "changeovers",
        sa.Column("changeover_on", sa.Date(), primary_key=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("examined", sa.Integer(), nullable=False),
        sa.Column("unsettled", sa.Integer(), nullable=False),
        sa.Column("after_account_id", sa.String(), nullable=True),
        sa.Column("leased_until", UtcInstant(), nullable=True),
        sa.Column("finished_at", UtcInstant(), nullable=True),
    )


def _conduct() -> None:
    for column in (
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=True),
    ):
        op.add_column("conduct_matters", column)
    op.create_index("ix_conduct_matters_account_executive", "conduct_matters", ["account_executive", "fiscal_year"])


def _handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("opportunity_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("two_way_on", sa.Date(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", UtcInstant(), nullable=False),
        sa.Column("started_decision_id", sa.Uuid(), nullable=False),
        sa.UniqueConstraint("account_id", "opportunity_id", name="uq_handoffs_account_id_opportunity_id"),
    )
    op.create_index("ix_handoffs_status", "handoffs", ["status", "due_on"])
    op.create_table(
        "handoff_steps",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
    )
    op.create_index("ix_handoff_steps_handoff_id", "handoff_steps", ["handoff_id", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER handoff_steps_refuse_{verb.lower()} BEFORE {verb} ON handoff_steps "
                "BEGIN SELECT RAISE(ABORT, 'rows of handoff_steps are never changed or removed'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER handoff_steps_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON handoff_steps "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refused: going back would remove recorded handoffs."""
    raise NotImplementedError("Recorded handoffs are never removed; restore a backup instead")
