"""An end for what is yet to be queued of each table: its newest row as of now, for triggers queue all that follows it.

Without it, a worker that was filling the queue followed those who recorded, and queued all of theirs a second time. A
table without rows needs no mark. The release before does not look at the end.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_12_01_ledger_fill_end"
down_revision = "2026_11_30_count_blocks"
branch_labels = None
depends_on = None

FILLED = {
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
"""Of each kind that may be marked the table, and the column that names a row."""


def upgrade() -> None:
    op.add_column("ledger_fills", sa.Column("until", sa.String(), nullable=True))
    for kind, (table, key) in FILLED.items():
        # PostgreSQL would take the bare name of the column for the text that is made of it, and 9 for more than 30.
        newest = f"(SELECT CAST({key} AS VARCHAR) FROM {table} ORDER BY {table}.{key} DESC LIMIT 1)"  # noqa: S608 - our own names
        op.execute(f"UPDATE ledger_fills SET until = {newest} WHERE kind = '{kind}'")  # noqa: S608 - as above
    op.execute("DELETE FROM ledger_fills WHERE until IS NULL")


def downgrade() -> None:
    op.drop_column("ledger_fills", "until")
