"""Days of attendance that somebody changed by hand, with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0003"
down_revision = "schools_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schools_correction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("before_code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_correction_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_correction")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_schools_correction_student_id"), "schools_correction", ["student_id"])
    op.create_table(
        "schools_reached",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("through_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_reached_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_reached")),
        sa.UniqueConstraint(
            "school_id", "school_year", name=op.f("uq_schools_reached_school_id_school_year")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("schools_reached")
    op.drop_index(op.f("ix_schools_correction_student_id"), "schools_correction")
    op.drop_table("schools_correction")
