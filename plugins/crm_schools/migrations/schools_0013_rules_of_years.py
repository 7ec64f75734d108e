"""Rules may hold from a school year on; where prekindergarten was counted, it goes on counting."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0013"
down_revision = "schools_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schools_setting", sa.Column("from_year", sa.Integer()))
    # A rate that is known, perhaps public, must not change because the program does.
    op.execute(
        "INSERT INTO schools_setting (district_id, name, value, source) "
        "SELECT DISTINCT district_id, 'prekindergarten', 'counts', 'As it was counted before' "
        "FROM schools_rating WHERE grade = 'PK'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM schools_setting WHERE name = 'prekindergarten'")
    # Of rules that hold in some years alone, the latest is the one that holds in all.
    op.execute(
        "DELETE FROM schools_setting WHERE EXISTS (SELECT 1 FROM schools_setting AS other "
        "WHERE other.district_id = schools_setting.district_id AND other.name = schools_setting.name "
        "AND coalesce(other.school_id, 0) = coalesce(schools_setting.school_id, 0) "
        "AND coalesce(other.from_year, 0) > coalesce(schools_setting.from_year, 0))"
    )
    op.drop_column("schools_setting", "from_year")
