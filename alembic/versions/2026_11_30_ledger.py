"""A ledger of all that is recorded: what waits to be sealed is queued by triggers, and what was sealed stays as it is.

So whatever records queues it in the same transaction, the release before too. In PostgreSQL one trigger queues all rows
of a statement: a table of a million rows pays for one. What was recorded before is not queued here, which would hold
the tables up: a mark for each kind lets a worker do it, a few rows at a time.
"""

import sqlalchemy as sa

from alembic import op
from service.store.tables.types import UtcInstant

revision = "2026_11_30_ledger"
down_revision = "2026_11_30_sales_notices"
branch_labels = None
depends_on = None

QUEUED = {
    "decision": ("decisions", "id"),
    "handoff_step": ("handoff_steps", "id"),
    "statement": ("statements", "id"),
    "dispute": ("disputes", "id"),
    "conduct_matter": ("conduct_matters", "id"),
    "policy_draft": ("policy_drafts", "id"),
    "policy_revision": ("policy_revisions", "number"),
    "person_period": ("person_periods", "number"),
    "sales_record": ("sales_records", "id"),
    "act": ("acts", "id"),
}
"""What is sealed: of each kind the table, and the column that names a row."""
GUARDED = {
    "acts": ["id"],
    "ledger_entries": ["number", "subject, kind"],
    "ledger_salts": ["number"],
    "ledger_checkpoints": ["size"],
}
"""The tables whose rows are never changed, with what names a row."""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "acts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_acts_kind", "acts", ["kind", "id"])
    op.create_index("ix_acts_actor", "acts", ["actor", "id"])
    op.create_table(
        "ledger_queue",
        sa.Column("id", number, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("queued_at", UtcInstant(), nullable=False),
    )
    op.create_table(
        "ledger_fills",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("after", sa.String(), nullable=True),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
    )
    op.create_index("uq_ledger_entries_subject", "ledger_entries", ["subject", "kind"], unique=True)
    op.create_table(
        "ledger_salts",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("salts", sa.Text(), nullable=False),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("level", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("place", number, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", number, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signed_at", UtcInstant(), nullable=False),
    )
    for table, names in GUARDED.items():
        _refuse_changes(table, names)
    _let_tiles_grow()
    for kind, (table, key) in QUEUED.items():
        _queue(kind, table, key)
        op.execute(f"INSERT INTO ledger_fills (kind) VALUES ('{kind}')")  # noqa: S608 - our own names


def _is_lite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _queue(kind: str, table: str, key: str) -> None:
    into = "INSERT INTO ledger_queue (kind, subject, queued_at)"
    if _is_lite():
        at = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
        add = f"{into} VALUES ('{kind}', NEW.{key}, {at})"
        op.execute(f"CREATE TRIGGER {table}_queue AFTER INSERT ON {table} BEGIN {add}; END")
        return
    added = f"{into} SELECT '{kind}', {key}, statement_timestamp() FROM added"  # noqa: S608 - our own names
    op.execute(
        f"CREATE FUNCTION queue_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {added}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_queue AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION queue_{table}()"
    )


def _refuse_changes(table: str, names: list[str]) -> None:
    """Let the database refuse to change, remove or replace a row."""
    if not _is_lite():
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = _refusal(table)
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} {refused}")
    _refuse_replacing(table, [*names, "rowid"])


def _refuse_replacing(table: str, names: list[str]) -> None:
    for name in names:
        new = ", ".join(f"NEW.{column}" for column in name.split(", "))
        when = f"EXISTS (SELECT 1 FROM {table} WHERE ({name}) = ({new}))"  # noqa: S608 - our own names
        trigger = f"{table}_refuse_replacing_{name.replace(', ', '_')}"
        op.execute(f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} WHEN {when} {_refusal(table)}")


def _refusal(table: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"


def _let_tiles_grow() -> None:
    """Let a tile get more hashes behind those that it has, and nothing else."""
    table = "ledger_tiles"
    same = "NEW.level = OLD.level AND NEW.place = OLD.place"
    if _is_lite():
        grown = f"{same} AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes"
        op.execute(
            f"CREATE TRIGGER {table}_refuse_update BEFORE UPDATE ON {table} WHEN NOT ({grown}) {_refusal(table)}"
        )
        op.execute(f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} {_refusal(table)}")
        _refuse_replacing(table, ["level, place", "rowid"])
        return
    grown = f"{same} AND substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) = OLD.hashes"
    op.execute(
        f"CREATE TRIGGER {table}_refuse_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NOT ({grown})) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Refused: going back would remove what was sealed."""
    raise NotImplementedError("What was sealed is never removed; restore a backup instead")
