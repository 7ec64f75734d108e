"""Addresses of bills that were here twice lead to those that stayed; sessions that adjourned say so."""

import sqlalchemy as sa
from alembic import op

revision = "policy_0005"
down_revision = "policy_0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    adjourned = sa.Column("adjourned", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("policy_session", adjourned)
    op.create_table(
        "policy_bill_former",
        sa.Column("id", ID, nullable=False),
        sa.Column("bill_id", ID, nullable=False),
        sa.Column("former_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["policy_bill.id"], name=op.f("fk_policy_bill_former_bill_id_policy_bill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_bill_former")),
        sa.UniqueConstraint("former_id", name=op.f("uq_policy_bill_former_former_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policy_bill_former_bill_id"), "policy_bill_former", ["bill_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_policy_bill_former_bill_id"), "policy_bill_former")
    op.drop_table("policy_bill_former")
    with op.batch_alter_table("policy_session", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("adjourned")
