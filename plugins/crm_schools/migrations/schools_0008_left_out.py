"""Which imports named days with the ordinary code for present, and did not keep them."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0008"
down_revision = "schools_0007"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schools_left_out",
        sa.Column("id", KEY, nullable=False),
        sa.Column("district_id", KEY, nullable=False),
        sa.Column("code_id", KEY, nullable=False),
        sa.Column("change_set_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"], ["schools_code.id"], name=op.f("fk_schools_left_out_code_id_schools_code")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_left_out_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_left_out")),
        sa.UniqueConstraint(
            "code_id", "change_set_id", name=op.f("uq_schools_left_out_code_id_change_set_id")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("schools_left_out")
