"""No day missed is stored twice; stays keep the classes, and schools the name, by which deltas know them."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0006"
down_revision = "schools_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_schools_absence_student", "schools_absence")
    op.drop_table("schools_absence")
    op.add_column("schools_enrolment", sa.Column("classes", sa.Text(), nullable=False, server_default=""))
    op.add_column("schools_school", sa.Column("source_id", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("schools_school", "source_id")
    op.drop_column("schools_enrolment", "classes")
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "schools_absence",
        sa.Column("id", key, primary_key=True),
        sa.Column("student_id", key, nullable=False),
        sa.Column("school_id", key, nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("code_id", key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schools_absence_student", "schools_absence", ["student_id", "on_date"])
