"""The programs that decisions are taken under, each stored once; a decision names its own."""

import orjson
import sqlalchemy as sa

from alembic import op
from service.store.programs import first_program_row

revision = "2026_11_28_programs"
down_revision = "2026_11_28_policy_findings"
branch_labels = None
depends_on = None

BUILT_IN = {
    "mid_market_min_employees": 100,
    "large_min_employees": 2000,
    "in_crm_by": "2022-02-24",
    "first_order_regions": ["NORAM", "EMEA"],
    "first_order_min_employees": 500,
    "first_order_min_users": 100,
    "guideline_max_employees": 1999,
    "guideline_users_above": 100,
    "double_check_advised_in": ["NORAM", "LATAM"],
    "november_cleanup_from": "2019-11-01",
    "handoff_min_users": 100,
    "handoff_email_below": 20_000,
    "handoff_days": 7,
    "tam_below": 50_000,
    "ignored_moves_tolerated": 2,
}
"""The parameters of revision 1 of fy23, which is in no table."""
PUBLISHED = "SELECT d.parameters FROM policy_revisions r JOIN policy_drafts d ON d.id = r.draft_id"


def upgrade() -> None:
    programs = op.create_table(
        "programs",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("program", sa.Text(), nullable=False),
    )
    # Of what is recorded already it stays empty: those decisions were taken under the first program.
    op.add_column("decisions", sa.Column("program", sa.String(), nullable=True))
    published = [orjson.loads(text) for (text,) in op.get_bind().execute(sa.text(PUBLISHED))]
    rows = dict(first_program_row(parameters) for parameters in (BUILT_IN, *published))
    op.bulk_insert(programs, [{"digest": digest, "program": program} for digest, program in rows.items()])
    _refuse_changes("programs")


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refused: going back would remove what decisions were taken under."""
    raise NotImplementedError("Programs are never removed; restore a backup instead")
