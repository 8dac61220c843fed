"""Give decisions and accounts the facets of this release, where they have those of the one before, or none."""

from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, RowMapping, bindparam, insert, select, text, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.store.facets import FACET_COLUMNS, FacetValues, facet_of, known_region
from service.store.guards import unguarded
from service.store.rows.accounts import search_name
from service.store.tables.decisions import AccountRow, DecisionRow, FacetRow

_AT_ONCE = 2_000
_BEFORE = aliased(DecisionRow)
_OF_FORMER_FACETS = (
    select(
        *(col(DecisionRow.id), col(DecisionRow.kind), col(DecisionRow.status), col(DecisionRow.segment)),
        *(col(DecisionRow.team), col(DecisionRow.rule), col(DecisionRow.source), col(DecisionRow.policy_id)),
        *(col(DecisionRow.policy_version), col(DecisionRow.leading_source), col(DecisionRow.missing_facts)),
        *(col(DecisionRow.facts), col(DecisionRow.stands), col(DecisionRow.previous_decision_id)),
        col(_BEFORE.team).label("team_before"),
    )
    .outerjoin(_BEFORE, col(_BEFORE.id) == col(DecisionRow.previous_decision_id))
    .where(col(DecisionRow.facet).in_(select(col(FacetRow.facet)).where(col(FacetRow.policy_version).is_(None))))
    .where(col(DecisionRow.id) > bindparam("after"))
    .order_by(col(DecisionRow.id))
    .limit(_AT_ONCE)
)
"""The columns are named, for a later migration may add some that are not there yet."""
_OF_OTHER_FACETS = (
    select(col(AccountRow.account_id), col(DecisionRow.facet), col(DecisionRow.facts))
    .join(DecisionRow, col(DecisionRow.id) == col(AccountRow.decision_id))
    .where(col(AccountRow.facet).is_distinct_from(col(DecisionRow.facet)))
    .where(col(AccountRow.account_id) > bindparam("after"))
    .order_by(col(AccountRow.account_id))
    .limit(_AT_ONCE)
)
_HAS_FORMER_FACETS = """EXISTS (
  SELECT 1 FROM facets f
  WHERE f.policy_version IS NULL AND EXISTS (SELECT 1 FROM decisions d WHERE d.facet = f.facet)
)"""
_MAY = "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'decisions'::regclass)"


def has_former_facets(engine: Engine) -> bool:
    """Whether the release before has recorded something, to a user who may change it: the owner of the tables."""
    may = _MAY if engine.dialect.name == "postgresql" else "true"
    with engine.connect() as connection:
        return bool(connection.scalar(text(f"SELECT {may} AND {_HAS_FORMER_FACETS}")))


def facet_anew(connection: Connection) -> None:
    """Give every decision that has a former facet one of this release, and accounts those of their decisions."""
    changed = update(DecisionRow).where(col(DecisionRow.id) == bindparam("own"))
    change = changed.values(facet=bindparam("new_facet"), team_before=bindparam("before"))
    after = UUID(int=0)
    with unguarded(connection, "decisions"):
        while rows := connection.execute(_OF_FORMER_FACETS, {"after": after}).mappings().all():
            after = rows[-1]["id"]
            values = [_values(row) for row in rows]
            _add_facets(connection, {facet_of(*each): each for each in values})
            facets = [facet_of(*each) for each in values]
            both = zip(rows, facets, strict=True)
            connection.execute(
                change, [{"own": row["id"], "new_facet": facet, "before": row["team_before"]} for row, facet in both]
            )
    stand = update(AccountRow).where(col(AccountRow.account_id) == bindparam("own"))
    stand = stand.values(facet=bindparam("new_facet"), name=bindparam("new_name"))
    last = ""
    while accounts := connection.execute(_OF_OTHER_FACETS, {"after": last}).all():
        last = accounts[-1][0]
        names = [search_name(orjson.loads(facts)["account"].get("name")) for _, _, facts in accounts]
        named = zip(accounts, names, strict=True)
        connection.execute(
            stand, [{"own": own, "new_facet": facet, "new_name": name} for (own, facet, _), name in named]
        )


def _values(row: RowMapping) -> FacetValues:
    moved = row["stands"] is not False and row["previous_decision_id"] is not None
    return (
        *(row["kind"], row["status"], row["segment"], row["team"], row["rule"], "", row["source"], row["policy_id"]),
        *(row["policy_version"], row["team_before"], moved and row["team_before"] != row["team"]),
        *(row["leading_source"], row["missing_facts"]),
        known_region(orjson.loads(row["facts"])["account"].get("region")),
    )


def _add_facets(connection: Connection, facets: dict[int, FacetValues]) -> None:
    known = set(connection.scalars(select(col(FacetRow.facet)).where(col(FacetRow.facet).in_(facets))))
    new = sorted(facets.keys() - known)
    if new:
        rows = [dict(zip(FACET_COLUMNS, (facet, *facets[facet]), strict=True)) for facet in new]
        connection.execute(insert(FacetRow), rows)
