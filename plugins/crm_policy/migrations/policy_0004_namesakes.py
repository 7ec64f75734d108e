"""Sponsors of one name are told apart; bills that staff wrote down say that they were introduced."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "policy_0004"
down_revision = "policy_0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEPT: dict[str, Any] = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""
_BEFORE = "uq_policy_sponsor_bill_id_name_key_role"
_NOW = "uq_policy_sponsor_bill_id_name_key_role_namesake"


def upgrade() -> None:
    with op.batch_alter_table("policy_sponsor", **KEPT) as batch_op:
        batch_op.add_column(sa.Column("namesake", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f(_BEFORE), type_="unique")
        batch_op.create_unique_constraint(op.f(_NOW), ["bill_id", "name_key", "role", "namesake"])
    op.add_column("policy_overlap", sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
    aliases = sa.Column("aliases", JSON, nullable=False, server_default="[]")
    op.add_column("policy_session", aliases)
    op.add_column("policy_hearing", sa.Column("aliases", JSON, nullable=False, server_default="[]"))
    op.add_column("policy_bill", sa.Column("overruled_stage", sa.Integer(), nullable=True))
    op.add_column("policy_bill", sa.Column("overruled_disposition", sa.String(length=20), nullable=True))
    op.execute(
        "UPDATE policy_bill SET overruled_stage = source_stage, overruled_disposition = source_disposition "
        "WHERE override_reason <> ''"
    )
    _introduce_what_staff_wrote()
    _let_go_of_the_wrong_session()


def _introduce_what_staff_wrote() -> None:
    """Else the first action that somebody adds to such a bill would take it back to a draft."""
    bill = sa.table(
        "policy_bill",
        sa.column("id"),
        sa.column("source"),
        sa.column("source_stage"),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("status_events", JSON),
    )
    written = sa.select(bill.c.id, bill.c.created_at, bill.c.status_events).where(
        bill.c.source == "staff", bill.c.source_stage == 2
    )
    connection = op.get_bind()
    for row in connection.execute(written).all():
        if not row.status_events:
            told = [[row.created_at.date().isoformat(), 1]]
            connection.execute(bill.update().where(bill.c.id == row.id).values(status_events=told))


def _let_go_of_the_wrong_session() -> None:
    """Bills of earlier sessions were looked for in the same one: what was found there is another bill."""
    op.execute(
        "UPDATE policy_relation SET related_bill_id = NULL WHERE kind = 'prior-session' AND EXISTS ("
        "SELECT 1 FROM policy_bill mine JOIN policy_bill other ON other.session_id = mine.session_id "
        "WHERE mine.id = policy_relation.bill_id AND other.id = policy_relation.related_bill_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("policy_overlap", **KEPT) as batch_op:
        batch_op.drop_column("edition")
    for table in ("policy_hearing", "policy_session"):
        with op.batch_alter_table(table, **KEPT) as batch_op:
            batch_op.drop_column("aliases")
    with op.batch_alter_table("policy_bill", **KEPT) as batch_op:
        batch_op.drop_column("overruled_disposition")
        batch_op.drop_column("overruled_stage")
    op.execute("DELETE FROM policy_sponsor WHERE namesake > 0")
    with op.batch_alter_table("policy_sponsor", **KEPT) as batch_op:
        batch_op.drop_constraint(op.f(_NOW), type_="unique")
        batch_op.drop_column("namesake")
        batch_op.create_unique_constraint(op.f(_BEFORE), ["bill_id", "name_key", "role"])
