"""No day missed is stored twice; stays keep the classes, and schools the name, by which deltas know them."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0006"
down_revision = "schools_0005"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index("ix_schools_absence_student", "schools_absence")
    op.drop_table("schools_absence")
    op.add_column("schools_enrolment", sa.Column("classes", sa.Text(), nullable=False, server_default=""))
    op.add_column("schools_school", sa.Column("source_id", sa.String(80), nullable=False, server_default=""))
    op.create_table(
        "schools_counted",
        sa.Column("id", KEY, nullable=False),
        sa.Column("district_id", KEY, nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_counted_district_id_schools_district"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_counted")),
        sa.UniqueConstraint(
            "district_id", "school_year", "once", name=op.f("uq_schools_counted_district_id_school_year_once")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("schools_counted")
    op.drop_column("schools_school", "source_id")
    op.drop_column("schools_enrolment", "classes")
    op.create_table(
        "schools_absence",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("student_id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("code_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schools_absence_student", "schools_absence", ["student_id", "on_date"])
