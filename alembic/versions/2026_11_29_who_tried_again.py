"""An event's verdict is said by who tried it again, where somebody did, and no longer by who sent it.

The column is empty in what the release before adds, and stays as it is where that release tries an event again: it says
of nobody who that was.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_29_who_tried_again"
down_revision = "2026_11_29_history"
branch_labels = None
depends_on = None

COLUMNS = "id, kind, subject_id, said_by, said_at, body"
SAID = "actor settled_at settled_by status problem remarks decision_id handoff_id"
"""A change says something new where it changes any of these."""


def upgrade() -> None:
    op.add_column("events", sa.Column("settled_by", sa.String(), nullable=True))
    new, old = (", ".join(f"{row}.{column}" for column in SAID.split()) for row in ("NEW", "OLD"))
    if op.get_bind().dialect.name == "sqlite":
        for verb, when in (("insert", ""), ("update", f" WHEN ({new}) IS NOT ({old})")):
            op.execute(f"DROP TRIGGER events_say_{verb}")
            op.execute(f"CREATE TRIGGER events_say_{verb} AFTER {verb.upper()} ON events{when} BEGIN {_lite()}; END")
        return
    function = f"FUNCTION say_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_postgres()}; RETURN NULL; END $$"
    op.execute(f"CREATE OR REPLACE {function}")
    op.execute("DROP TRIGGER events_say_update ON events")
    op.execute(
        "CREATE TRIGGER events_say_update AFTER UPDATE ON events FOR EACH ROW "
        f"WHEN (({new}) IS DISTINCT FROM ({old})) EXECUTE FUNCTION say_events()"
    )


def _lite() -> str:
    places = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    ids = {
        name: " || '-' || ".join(f"substr(NEW.{name}, {start}, {length})" for start, length in places)
        for name in ("decision_id", "handoff_id")
    }
    body = (
        "json_object('status', NEW.status, 'problem', json(NEW.problem), 'remarks', json(NEW.remarks), "
        f"'decision_id', {ids['decision_id']}, 'handoff_id', {ids['handoff_id']})"
    )
    return _add("lower(hex(randomblob(16)))", body)


def _postgres() -> str:
    body = (
        "json_build_object('status', NEW.status, 'problem', NEW.problem::json, 'remarks', NEW.remarks::json, "
        "'decision_id', NEW.decision_id, 'handoff_id', NEW.handoff_id)::text"
    )
    return _add("gen_random_uuid()", body)


def _add(identifier: str, body: str) -> str:
    by = "coalesce(NEW.settled_by, NEW.actor)"
    values = f"{identifier}, 'event_verdict', NEW.id, {by}, NEW.settled_at, {body}"
    return f"INSERT INTO statements ({COLUMNS}) VALUES ({values})"  # noqa: S608 - our own names


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was said is never removed; restore a backup instead")
