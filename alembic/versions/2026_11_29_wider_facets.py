"""What decisions and accounts are found by: more of what was decided, and not any more who asked.

Every decision is given its facet anew, with the team of the decision before it, and every account that of the decision
that it stands on. What the release before records on this schema is given its own at the next start of a later one.
"""

import sqlalchemy as sa

from alembic import op
from service.store.refacet import facet_anew

revision = "2026_11_29_wider_facets"
down_revision = "2026_11_29_who_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("team_before", sa.String(), nullable=True))
    for name, kind in (
        ("policy_version", sa.Integer()),
        ("team_before", sa.String()),
        ("moved", sa.Boolean()),
        ("leading_source", sa.String()),
        ("missing_facts", sa.String()),
        ("region", sa.String()),
    ):
        op.add_column("facets", sa.Column(name, kind, nullable=True))
    op.add_column("accounts", sa.Column("facet", sa.BigInteger(), nullable=True))
    op.add_column("accounts", sa.Column("name", sa.Text(), nullable=True))
    facet_anew(op.get_bind())
    # Always so; said here, so that no database takes this index where nobody is asked for.
    has_actor = sa.text("actor IS NOT NULL")
    op.create_index(
        "ix_decisions_actor",
        "decisions",
        ["actor", "facet", "id"],
        sqlite_where=has_actor,
        postgresql_where=has_actor,
    )
    op.create_index("ix_accounts_facet", "accounts", ["facet", "decision_id"])


def downgrade() -> None:
    """The release before finds by its own facets what it records from then on, and nothing that was recorded before."""
    op.drop_index("ix_accounts_facet", "accounts")
    op.drop_index("ix_decisions_actor", "decisions")
    for name in ("name", "facet"):
        op.drop_column("accounts", name)
    for name in ("policy_version", "team_before", "moved", "leading_source", "missing_facts", "region"):
        op.drop_column("facets", name)
    op.drop_column("decisions", "team_before")
