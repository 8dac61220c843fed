"""The AEs of a handoff, by which handoffs are found and counted."""

from uuid import UUID

import sqlalchemy as sa

from alembic import op
from service.store.rows.handoffs import decode_handoffs

revision = "2026_11_30_handoff_people"
down_revision = "2026_11_30_owners"
branch_labels = None
depends_on = None

_WITH_STEPS = """
SELECT h.id, h.terms, s.step FROM handoffs h LEFT JOIN handoff_steps s ON s.handoff_id = h.id ORDER BY h.id, s.id
"""
_NOBODY = UUID(int=0)


def upgrade() -> None:
    for name in ("first_order_ae", "named_ae"):
        op.add_column("handoffs", sa.Column(name, sa.String(), nullable=True))
    connection = op.get_bind()
    name_them = sa.text("UPDATE handoffs SET first_order_ae = :one, named_ae = :other WHERE id = :id")
    name_them = name_them.bindparams(sa.bindparam("id", type_=sa.Uuid()))
    steps = (
        (terms, "", "", _NOBODY, step, _NOBODY, None)
        for _, terms, step in connection.execute(sa.text(_WITH_STEPS)).all()
    )
    named = [
        {"id": each.handoff.terms.id, "one": each.handoff.terms.first_order_ae, "other": each.handoff.named_ae}
        for each in decode_handoffs(steps)
    ]
    if named:
        connection.execute(name_them, named)


def downgrade() -> None:
    for name in ("named_ae", "first_order_ae"):
        op.drop_column("handoffs", name)
