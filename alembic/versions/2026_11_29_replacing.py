"""SQLite's ``INSERT OR REPLACE`` takes the old row away without asking the triggers on DELETE: it is refused."""

from alembic import op

revision = "2026_11_29_replacing"
down_revision = "2026_11_28_programs"
branch_labels = None
depends_on = None

NAMES = {
    "decisions": ["id"],
    "conduct_matters": ["id"],
    "handoff_steps": ["id"],
    "payloads": ["id"],
    "policy_drafts": ["id"],
    "policy_revisions": ["number", "draft_id", "policy_id, version"],
}
"""What names a row of each table, which a row that takes its place would have in common with it."""
SHARED = {"facets": ["facet"], "programs": ["digest"]}
"""The same, where a row that is there already is passed over by whoever adds it again."""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, names in NAMES.items():
        _refuse_replacing(table, names, f"ABORT, 'rows of {table} are never changed or removed'")
    for table, names in SHARED.items():
        _refuse_replacing(table, names, "IGNORE")


def _refuse_replacing(table: str, names: list[str], what: str) -> None:
    # A row is there by its rowid, too, which a statement may name.
    for name in (*names, "rowid"):
        new = ", ".join(f"NEW.{column}" for column in name.split(", "))
        when = f"EXISTS (SELECT 1 FROM {table} WHERE ({name}) = ({new}))"  # noqa: S608 - our own names
        trigger = f"{table}_refuse_replacing_{name.replace(', ', '_')}"
        op.execute(f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} WHEN {when} BEGIN SELECT RAISE({what}); END")


def downgrade() -> None:
    """Refused, as before."""
    raise NotImplementedError("What was recorded is never removed; restore a backup instead")
