"""Sponsors of one name are told apart; bills that staff wrote down say that they were introduced."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "policy_0004"
down_revision = "policy_0003"
branch_labels = None
depends_on = None

KEPT: dict[str, Any] = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""
_BEFORE = "uq_policy_sponsor_bill_id_name_key_role"
_NOW = "uq_policy_sponsor_bill_id_name_key_role_namesake"


def upgrade() -> None:
    with op.batch_alter_table("policy_sponsor", **KEPT) as batch_op:
        batch_op.add_column(sa.Column("namesake", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f(_BEFORE), type_="unique")
        batch_op.create_unique_constraint(op.f(_NOW), ["bill_id", "name_key", "role", "namesake"])
    _introduce_what_staff_wrote()


def _introduce_what_staff_wrote() -> None:
    """Else the first action that somebody adds to such a bill would take it back to a draft."""
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    bill = sa.table(
        "policy_bill",
        sa.column("id"),
        sa.column("source"),
        sa.column("source_stage"),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("status_events", json),
    )
    written = sa.select(bill.c.id, bill.c.created_at, bill.c.status_events).where(
        bill.c.source == "staff", bill.c.source_stage == 2
    )
    connection = op.get_bind()
    for row in connection.execute(written).all():
        if not row.status_events:
            told = [[row.created_at.date().isoformat(), 1]]
            connection.execute(bill.update().where(bill.c.id == row.id).values(status_events=told))


def downgrade() -> None:
    op.execute("DELETE FROM policy_sponsor WHERE namesake > 0")
    with op.batch_alter_table("policy_sponsor", **KEPT) as batch_op:
        batch_op.drop_constraint(op.f(_NOW), type_="unique")
        batch_op.drop_column("namesake")
        batch_op.create_unique_constraint(op.f(_BEFORE), ["bill_id", "name_key", "role"])
