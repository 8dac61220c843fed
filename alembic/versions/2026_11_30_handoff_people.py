"""The AEs of a handoff, by which handoffs are found and counted."""

import json
from uuid import UUID

import sqlalchemy as sa

from alembic import op

revision = "2026_11_30_handoff_people"
down_revision = "2026_11_30_owners"
branch_labels = None
depends_on = None

_WITH_STEPS = """
SELECT h.id, h.terms, s.step FROM handoffs h LEFT JOIN handoff_steps s ON s.handoff_id = h.id ORDER BY h.id, s.id
"""


def upgrade() -> None:
    for name in ("first_order_ae", "named_ae"):
        op.add_column("handoffs", sa.Column(name, sa.String(), nullable=True))
    connection = op.get_bind()
    with_steps = sa.text(_WITH_STEPS).columns(id=sa.Uuid(), terms=sa.Text(), step=sa.Text())
    named: dict[UUID, dict[str, object]] = {}
    for handoff_id, terms, step in connection.execute(with_steps).all():
        told = json.loads(terms)
        at_start = {"own": handoff_id, "one": told.get("first_order_ae"), "other": told.get("named_ae")}
        known = named.setdefault(handoff_id, at_start)
        evidence = {} if step is None else json.loads(step).get("evidence") or {}
        known["other"] = evidence.get("named_ae", known["other"])  # as found by the First Order side since
    name_them = sa.text("UPDATE handoffs SET first_order_ae = :one, named_ae = :other WHERE id = :own")
    if named:
        connection.execute(name_them.bindparams(sa.bindparam("own", type_=sa.Uuid())), list(named.values()))


def downgrade() -> None:
    for name in ("named_ae", "first_order_ae"):
        op.drop_column("handoffs", name)
