"""What an event waits for, which facts a rejected one left untold, and why one was dismissed; and retries of many.

A waiting event has the status of a rejected one, and a dismissed one that of a superseded one: these the release before
knows, and tries the former again where it is asked to. Why an event was dismissed is said in rows that stay.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_waiting_events"
down_revision = "2026_11_29_earlier_secrets"
branch_labels = None
depends_on = None

COLUMNS = {"waits_for": sa.String(), "waits_until": sa.Date(), "left_out": sa.String(), "reason": sa.Text()}
INDEXES = {
    "ix_events_waits_for": ("waits_for", "waits_for IS NOT NULL"),
    "ix_events_waits_until": ("waits_until", "waits_until IS NOT NULL"),
    "ix_events_open": ("record_id", "status = 'rejected'"),
}
ADD = (
    "INSERT INTO statements (id, kind, subject_id, said_by, said_at, body) VALUES "
    "({}, 'event_dismissal', NEW.id, NEW.settled_by, NEW.settled_at, {})"
)


def upgrade() -> None:
    for column, kind in COLUMNS.items():
        op.add_column("events", sa.Column(column, kind, nullable=True))
    for name, (column, there) in INDEXES.items():
        where = sa.text(there)
        op.create_index(name, "events", [column], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_events_payload_id", "events", ["payload_id", "id"])
    op.create_table(
        "event_retries",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("after_payload_id", sa.Uuid(), nullable=False),
        sa.Column("leased_until", UtcInstant(), nullable=True),
        sa.Column("finished_at", UtcInstant(), nullable=True),
    )
    trigger = "CREATE TRIGGER events_say_dismissal AFTER UPDATE ON events"
    if op.get_bind().dialect.name == "sqlite":
        add = ADD.format("lower(hex(randomblob(16)))", "json_object('reason', NEW.reason)")
        said = "NEW.reason IS NOT NULL AND (NEW.reason, NEW.settled_at) IS NOT (OLD.reason, OLD.settled_at)"
        op.execute(f"{trigger} WHEN {said} BEGIN {add}; END")
        return
    add = ADD.format("gen_random_uuid()", "json_build_object('reason', NEW.reason)::text")
    said = "NEW.reason IS NOT NULL AND (NEW.reason, NEW.settled_at) IS DISTINCT FROM (OLD.reason, OLD.settled_at)"
    op.execute(
        f"CREATE FUNCTION say_dismissal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {add}; RETURN NULL; END $$"
    )
    op.execute(f"{trigger} FOR EACH ROW WHEN ({said}) EXECUTE FUNCTION say_dismissal()")


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was said is never removed; restore a backup instead")
