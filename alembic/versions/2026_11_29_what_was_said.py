"""What was said in handoffs' terms, reviews' resolutions and events' verdicts is kept in rows of its own.

The tables that it stands in are written on: a review is resolved again, an event is tried again. So whatever is said
there is added to ``statements``, by triggers: in the statement that says it, whichever release runs that. What no
release rewrites of those tables is guarded.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_29_what_was_said"
down_revision = "2026_11_29_who_made_keys"
branch_labels = None
depends_on = None

NEVER_REWRITTEN = {
    "handoffs": "id account_id opportunity_id due_on terms started_by started_at started_decision_id",
    "reviews": "id account_id counts_fingerprint blocking opened_at opened_by_decision_id",
    "events": "id event_key payload_id source record_kind record_id actor request_id received_at",
}
"""The columns that are written once, by this release and by those before it."""
NAMES = {
    "statements": ["id"],
    "handoffs": ["id", "account_id, opportunity_id"],
    "reviews": ["id", "account_id, counts_fingerprint"],
    "events": ["id", "event_key"],
}
"""What names a row of each table, which a row that takes its place would have in common with it."""
SAID = {
    "handoffs": ("handoff_terms", "started_by", "started_at", {}),
    "reviews": (
        *("review_resolution", "resolved_by", "resolved_at"),
        {"segment": "resolved_segment", "reason": "resolved_reason", "decision_id": "resolution_decision_id"},
    ),
    "events": (
        *("event_verdict", "actor", "settled_at"),
        {name: name for name in ("status", "problem", "remarks", "decision_id", "handoff_id")},
    ),
}
"""Of each table the kind of what is said, who said it and when, and the body by its names; terms are one already."""
SAID_ANEW = {"handoffs": "INSERT", "reviews": "UPDATE", "events": "INSERT OR UPDATE"}
COLUMNS = "id, kind, subject_id, said_by, said_at, body"


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_at", UtcInstant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_statements_subject_id", "statements", ["subject_id", "said_at"])
    for table in SAID:
        # What is on record already is said at once, as far as it stands there still.
        there = f"SELECT {_values(table, table)} FROM {table} WHERE {_is_said(table, table)}"  # noqa: S608 - our own names
        op.execute(f"INSERT INTO statements ({COLUMNS}) {there}")
    for table, columns in {"statements": "", **NEVER_REWRITTEN}.items():
        _refuse_changes(table, ", ".join(columns.split()))
    for table in SAID:
        _keep(table)


def _is_lite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _values(table: str, row: str) -> str:
    """What a row of a table says, in the order of ``COLUMNS``."""
    kind, by, at, body = SAID[table]
    identifier = "lower(hex(randomblob(16)))" if _is_lite() else "gen_random_uuid()"
    told = f"{row}.terms" if not body else _as_json({name: f"{row}.{column}" for name, column in body.items()})
    return f"{identifier}, '{kind}', {row}.id, {row}.{by}, {row}.{at}, {told}"


def _as_json(body: dict[str, str]) -> str:
    pairs = []
    for name, column in body.items():
        if name in {"problem", "remarks"}:  # JSON already
            value = f"json({column})" if _is_lite() else f"{column}::json"
        elif name.endswith("_id") and _is_lite():  # spelled as everywhere but in a SQLite file
            places = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
            value = " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in places)
        else:
            value = column
        pairs.append(f"'{name}', {value}")
    return f"json_object({', '.join(pairs)})" if _is_lite() else f"json_build_object({', '.join(pairs)})::text"


def _is_said(table: str, row: str) -> str:
    return f"{row}.resolved_at IS NOT NULL" if table == "reviews" else "true"


def _keep(table: str) -> None:
    """Have what is said added, with the row that says it."""
    verbs = SAID_ANEW[table].split(" OR ")
    add = f"INSERT INTO statements ({COLUMNS}) VALUES ({_values(table, 'NEW')})"  # noqa: S608 - as above
    said = _is_said(table, "NEW")
    if _is_lite():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_say_{verb.lower()} AFTER {verb} ON {table} WHEN {said}{_anew(table, verb)} "
                f"BEGIN {add}; END"
            )
        return
    op.execute(f"CREATE FUNCTION say_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {add}; RETURN NULL; END $$")
    for verb in verbs:
        op.execute(
            f"CREATE TRIGGER {table}_say_{verb.lower()} AFTER {verb} ON {table} FOR EACH ROW "
            f"WHEN ({said}{_anew(table, verb)}) EXECUTE FUNCTION say_{table}()"
        )


def _anew(table: str, verb: str) -> str:
    """A change says something new where it changes any of what is said."""
    if verb == "INSERT":
        return ""
    _, by, at, body = SAID[table]
    new, old = (", ".join(f"{row}.{column}" for column in (by, at, *body.values())) for row in ("NEW", "OLD"))
    return f" AND ({new}) {'IS NOT' if _is_lite() else 'IS DISTINCT FROM'} ({old})"


def _refuse_changes(table: str, columns: str) -> None:
    """Let the database refuse to change these columns, or any, and to remove or replace a row."""
    update = f"UPDATE OF {columns}" if columns else "UPDATE"
    if not _is_lite():
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE {update} OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
    for verb in (update, "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_refuse_{verb.split()[0].lower()} BEFORE {verb} ON {table} {refused}")
    for name in (*NAMES[table], "rowid"):
        new = ", ".join(f"NEW.{column}" for column in name.split(", "))
        when = f"EXISTS (SELECT 1 FROM {table} WHERE ({name}) = ({new}))"  # noqa: S608 - as above
        trigger = f"{table}_refuse_replacing_{name.replace(', ', '_')}"
        op.execute(f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} WHEN {when} {refused}")


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was said is never removed; restore a backup instead")
