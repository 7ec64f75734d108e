"""No student counts twice in a year, whoever counted at the same moment."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0007"
down_revision = "schools_0006"
branch_labels = None
depends_on = None
ONCE = sa.text("part <> 'school'")
BY_SCHOOL = sa.text("part <> 'district'")


def upgrade() -> None:
    # Whoever counts writes all rows of a student at one moment: what is older than the newest is left over.
    op.execute(
        "DELETE FROM schools_rating WHERE made_at < (SELECT max(newer.made_at) FROM schools_rating AS newer "
        "WHERE newer.student_id = schools_rating.student_id "
        "AND newer.school_year = schools_rating.school_year)"
    )
    op.execute(
        "DELETE FROM schools_rating WHERE part <> 'school' AND id NOT IN "
        "(SELECT max(id) FROM schools_rating WHERE part <> 'school' GROUP BY student_id, school_year)"
    )
    op.execute(
        "DELETE FROM schools_rating WHERE part <> 'district' AND id NOT IN "
        "(SELECT max(id) FROM schools_rating WHERE part <> 'district' "
        "GROUP BY student_id, school_year, school_id)"
    )
    op.create_index(
        "uq_schools_rating_once",
        "schools_rating",
        ["student_id", "school_year"],
        unique=True,
        sqlite_where=ONCE,
        postgresql_where=ONCE,
    )
    op.create_index(
        "uq_schools_rating_by_school",
        "schools_rating",
        ["student_id", "school_year", "school_id"],
        unique=True,
        sqlite_where=BY_SCHOOL,
        postgresql_where=BY_SCHOOL,
    )


def downgrade() -> None:
    op.drop_index("uq_schools_rating_by_school", "schools_rating")
    op.drop_index("uq_schools_rating_once", "schools_rating")
