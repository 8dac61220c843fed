"""Who sells: what was said of people, each from a day on."""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_people"
down_revision = "2026_11_29_disputes"
branch_labels = None
depends_on = None

TABLE = "person_periods"
NAMES = {"number": "number", "rowid": "rowid", "said": "person_id, active_from, number"}
"""By what a row is there already; a statement to SQLite may name its rowid, too."""
REFUSED = f"rows of {TABLE} are never changed or removed"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.String(), nullable=True),
        sa.Column("crm_user_id", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.UniqueConstraint(
            "person_id", "active_from", "number", name="uq_person_periods_person_id_active_from_number"
        ),
    )
    op.create_index("ix_person_periods_crm_user_id", TABLE, ["crm_user_id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuse_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        for name, columns in NAMES.items():
            new = ", ".join(f"NEW.{column}" for column in columns.split(", "))
            when = f"EXISTS (SELECT 1 FROM {TABLE} WHERE ({columns}) = ({new}))"  # noqa: S608 - our own names
            trigger = f"CREATE TRIGGER {TABLE}_refuse_replacing_{name} BEFORE INSERT ON {TABLE} WHEN {when}"
            op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refused: going back would remove what was said of people."""
    raise NotImplementedError("What was recorded is never removed; restore a backup instead")
