"""Counts of four hours at a time, kept beside those of quarters of an hour, by triggers on these.

A day of a time zone is then at most six of them and some quarters at both ends, which are fewer rows to read. They lie
far below the numbers of quarters, where the release before does not look; what it counts is counted here too.
The index of days of effect has their decisions in the order in which they were recorded.
"""

from alembic import op

revision = "2026_11_30_count_blocks"
down_revision = "2026_11_30_cosignatures"
branch_labels = None
depends_on = None

LOWEST, QUARTERS = -1_000_000_000, 16
"""The number of the four hours that 1970 began with, and how many quarters of an hour there are in four."""
ADD = "INSERT INTO decision_counts (quarter, facet, count)"
BLOCK = f"{LOWEST} + {{row}}quarter / {QUARTERS}"
ONCE_MORE = "ON CONFLICT (quarter, facet) DO UPDATE SET count = {table}count + excluded.count"


def upgrade() -> None:
    _index("id", "facet")
    there = f"SELECT {BLOCK.format(row='')}, facet, sum(count) FROM decision_counts WHERE quarter >= 0 GROUP BY 1, 2"  # noqa: S608 - our own names
    op.execute(f"{ADD} {there}")
    if op.get_bind().dialect.name == "sqlite":
        _add_at_once()
    else:
        _add_together()


def _index(*behind_the_day: str) -> None:
    """Of a day of effect the newest come first: a page of several days is read from there."""
    op.drop_index("ix_decisions_effective_on", "decisions")
    op.create_index("ix_decisions_effective_on", "decisions", ["effective_on", *behind_the_day])


def _add_at_once() -> None:
    for verb, when, added in (
        ("insert", "INSERT", "NEW.count"),
        ("update", "UPDATE OF count", "NEW.count - OLD.count"),
    ):
        op.execute(
            f"CREATE TRIGGER decision_counts_block_{verb} AFTER {when} ON decision_counts WHEN NEW.quarter >= 0 BEGIN "
            f"{ADD} VALUES ({BLOCK.format(row='NEW.')}, NEW.facet, {added}) {ONCE_MORE.format(table='')}; END"
        )


def _add_together() -> None:
    """What one statement changes, in one order: two that fold at once never wait for each other in a ring."""
    for verb, changed in (
        ("insert", "SELECT quarter, facet, count FROM added"),
        (
            "update",
            "SELECT quarter, facet, count FROM added UNION ALL SELECT quarter, facet, -count FROM taken",
        ),
    ):
        of_blocks = (
            f"SELECT {BLOCK.format(row='')}, facet, sum(count) FROM ({changed}) c WHERE quarter >= 0 "  # noqa: S608 - our own names
            "GROUP BY 1, 2 HAVING sum(count) <> 0 ORDER BY 1, 2"
        )
        op.execute(
            f"CREATE FUNCTION count_blocks_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF EXISTS (SELECT FROM added WHERE quarter >= 0) THEN "  # else what this adds would be added again
            f"{ADD} {of_blocks} {ONCE_MORE.format(table='decision_counts.')}; "
            "END IF; RETURN NULL; END $$"
        )
        old = "OLD TABLE AS taken " if verb == "update" else ""
        op.execute(
            f"CREATE TRIGGER decision_counts_block_{verb} AFTER {verb.upper()} ON decision_counts "
            f"REFERENCING {old}NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_blocks_{verb}()"
        )


def downgrade() -> None:
    is_lite = op.get_bind().dialect.name == "sqlite"
    for verb in ("insert", "update"):
        op.execute(f"DROP TRIGGER decision_counts_block_{verb}" + ("" if is_lite else " ON decision_counts"))
        if not is_lite:
            op.execute(f"DROP FUNCTION count_blocks_{verb}()")
    op.execute("DELETE FROM decision_counts WHERE quarter < -1")
    _index("facet", "id")
