"""How many decisions of each facet were recorded, in each quarter of an hour and ever, kept beside them by triggers.

So whatever records a decision counts it in the same transaction, the release before too. SQLite has one writer at a
time, and counts at once. In PostgreSQL a row that all recorders changed would make them wait for one another: each adds
what it adds as a row of its own, and a worker puts these together.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_30_counts"
down_revision = "2026_11_30_applications"
branch_labels = None
depends_on = None

QUARTER = {
    "sqlite": "unixepoch(substr({row}recorded_at, 1, 19)) / 900",
    "postgresql": "floor(extract(epoch FROM {row}recorded_at) / 900)::integer",
}
"""Quarters of an hour since 1970 began: a day of any time zone is some of them.

SQLite rounds to milliseconds, which would take the last instant of a quarter into the next one: it is
shown whole seconds.
"""
EVER = -1
"""Stands for all quarters together."""
WIDER = {
    "ix_decisions_account_id": (["account_id", "id"], ["stands", "facet"]),
    "ix_decisions_account_day": (["account_id", "effective_on", "id"], ["facet"]),
}
"""The columns of indexes, and those that they get more."""


def upgrade() -> None:
    op.create_table(
        "decision_counts",
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("facet", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "facet"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decision_count_changes",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("facet", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    quarter = QUARTER[op.get_bind().dialect.name].format(row="")
    there = f"SELECT {quarter}, facet, count(*) FROM decisions GROUP BY 1, 2"  # noqa: S608 - our own names
    op.execute(f"INSERT INTO decision_counts (quarter, facet, count) {there}")
    in_all = f"SELECT {EVER}, facet, sum(count) FROM decision_counts GROUP BY facet"  # noqa: S608 - our own names
    op.execute(f"INSERT INTO decision_counts (quarter, facet, count) {in_all}")
    if op.get_bind().dialect.name == "sqlite":
        _count_at_once()
    else:
        _count_in_rows()
    # What decisions are counted by where days are asked for on which they took effect, and accounts at other times.
    op.create_index("ix_decisions_effective_on", "decisions", ["effective_on", "facet", "id"])
    for name, (columns, more) in WIDER.items():
        op.drop_index(name, "decisions")
        op.create_index(name, "decisions", [*columns, *more])
    has_moved = sa.text("move IS NOT NULL")
    op.create_index(
        "ix_accounts_moved", "accounts", ["decision_id"], sqlite_where=has_moved, postgresql_where=has_moved
    )


def _count_at_once() -> None:
    added, taken = (_put_together(row, by) for row, by in (("NEW", 1), ("OLD", -1)))
    op.execute(f"CREATE TRIGGER decisions_count_insert AFTER INSERT ON decisions BEGIN {added}; END")
    op.execute(
        "CREATE TRIGGER decisions_count_update AFTER UPDATE OF facet ON decisions "
        f"WHEN OLD.facet IS NOT NEW.facet BEGIN {taken}; {added}; END"
    )


def _put_together(row: str, by: int) -> str:
    quarter = QUARTER["sqlite"].format(row=f"{row}.")
    return (
        "INSERT INTO decision_counts (quarter, facet, count) "  # noqa: S608 - our own names
        f"VALUES ({quarter}, {row}.facet, {by}), ({EVER}, {row}.facet, {by}) "
        "ON CONFLICT (quarter, facet) DO UPDATE SET count = count + excluded.count"
    )


def _count_in_rows() -> None:
    quarter = QUARTER["postgresql"].format(row="")
    add = "INSERT INTO decision_count_changes (id, quarter, facet, count) SELECT gen_random_uuid(),"
    for verb, changed in (
        ("insert", "SELECT 1 AS by, facet, recorded_at FROM added"),
        (
            "update",
            "SELECT 1 AS by, facet, recorded_at FROM added UNION ALL SELECT -1, facet, recorded_at FROM taken",
        ),
    ):
        op.execute(
            f"CREATE FUNCTION count_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{add} {quarter}, facet, sum(by) FROM ({changed}) c GROUP BY 2, 3 HAVING sum(by) <> 0; "
            "RETURN NULL; END $$"
        )
        old = "OLD TABLE AS taken " if verb == "update" else ""
        op.execute(
            f"CREATE TRIGGER decisions_count_{verb} AFTER {verb.upper()} ON decisions "
            f"REFERENCING {old}NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_{verb}()"
        )


def downgrade() -> None:
    op.drop_index("ix_accounts_moved", "accounts")
    op.drop_index("ix_decisions_effective_on", "decisions")
    for name, (columns, _) in WIDER.items():
        op.drop_index(name, "decisions")
        op.create_index(name, "decisions", columns)
    is_lite = op.get_bind().dialect.name == "sqlite"
    for verb in ("insert", "update"):
        op.execute(f"DROP TRIGGER decisions_count_{verb}" + ("" if is_lite else " ON decisions"))
        if not is_lite:
            op.execute(f"DROP FUNCTION count_{verb}()")
    op.drop_table("decision_count_changes")
    op.drop_table("decision_counts")
