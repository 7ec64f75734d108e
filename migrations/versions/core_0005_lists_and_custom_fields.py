"""Conditions of lists by hand, and custom fields of every kind of record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

CUSTOMIZED = (
    "activity", "campaign", "campaign_ask", "coalition", "coalition_membership", "commitment", "event",
    "task",
)  # fmt: skip


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "custom_field",
        sa.Column("id", identity, nullable=False),
        sa.Column("record_type", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("choices", json, nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("former_labels", json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("record_type", "key", name=op.f("uq_custom_field_record_type_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_custom_field_record_type_position", "custom_field", ["record_type", "position"])
    op.create_table(
        "saved_list_member",
        sa.Column("id", identity, nullable=False),
        sa.Column("list_id", identity, nullable=False),
        sa.Column("record_id", identity, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('pinned', 'excluded')", name=op.f("ck_saved_list_member_state")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["saved_list.id"], name=op.f("fk_saved_list_member_list_id_saved_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_list_member")),
        sa.UniqueConstraint("list_id", "record_id", name=op.f("uq_saved_list_member_list_id_record_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_list_member_record_id", "saved_list_member", ["record_id"])
    for table in CUSTOMIZED:
        column = sa.Column("custom", json, nullable=False, server_default=sa.text("'{}'"))
        op.add_column(table, column)


def downgrade() -> None:
    for table in reversed(CUSTOMIZED):
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.drop_column("custom")
    op.drop_table("saved_list_member")
    op.drop_table("custom_field")
