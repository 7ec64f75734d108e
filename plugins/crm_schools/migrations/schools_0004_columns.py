"""What people said of the columns of their district's files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "schools_0004"
down_revision = "schools_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schools_column_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mapping", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_column_choice_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_column_choice")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_schools_column_choice_kind_signature"), "schools_column_choice", ["kind", "signature"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_schools_column_choice_kind_signature"), "schools_column_choice")
    op.drop_table("schools_column_choice")
