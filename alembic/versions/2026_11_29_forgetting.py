"""What was sent can be forgotten: of a payload the body, once, where no event of it waits or is rejected.

Everything else of the row stays as it is guarded, its digest above all; a row of the release before, which knows of no
digest, gets one with its forgetting.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_forgetting"
down_revision = "2026_11_29_who_tried_again"
branch_labels = None
depends_on = None

OPEN = "status = 'rejected'"
"""So are those stored that wait."""
KEPT = sa.text("forgotten_at IS NULL")
FORGETS = f"""(
  {" AND ".join(f"NEW.{name} = OLD.{name}" for name in ("id", "source", "content_type", "received_at"))}
  AND NEW.digest = coalesce(OLD.digest, NEW.digest) AND length(NEW.body) = 0
  AND OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM events WHERE payload_id = OLD.id AND {OPEN})
)"""  # noqa: S608 - our own names
"""The one change of a payload that is not refused."""


def upgrade() -> None:
    op.add_column("payloads", sa.Column("digest", sa.String(), nullable=True))
    op.add_column("payloads", sa.Column("forgotten_at", UtcInstant(), nullable=True))
    op.create_index("ix_payloads_kept", "payloads", ["received_at"], sqlite_where=KEPT, postgresql_where=KEPT)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER payloads_refuse_update")
        op.execute(
            f"CREATE TRIGGER payloads_refuse_update BEFORE UPDATE ON payloads "
            # A row that is given another's rowid would take its place.
            f"WHEN ({FORGETS} AND NEW.rowid = OLD.rowid) IS NOT TRUE "
            "BEGIN SELECT RAISE(ABORT, 'rows of payloads are never changed or removed'); END"
        )
        return
    op.execute("DROP TRIGGER payloads_refuse_change ON payloads")
    op.execute(
        "CREATE TRIGGER payloads_refuse_change BEFORE DELETE OR TRUNCATE ON payloads "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE FUNCTION refuse_all_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {FORGETS} THEN "
        "RETURN NEW; END IF; RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER payloads_refuse_update BEFORE UPDATE ON payloads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_forgetting()"
    )


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was forgotten does not come back; restore a backup instead")
