"""Numbers and ids of students, schools and districts as long as OneRoster allows them."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0009"
down_revision = "schools_0008"
branch_labels = None
depends_on = None
COLUMNS = (
    ("schools_student", "local_id", 60),
    ("schools_student", "state_id", 60),
    ("schools_student", "source_id", 80),
    ("schools_school", "local_id", 60),
    ("schools_school", "state_id", 60),
    ("schools_school", "source_id", 80),
    ("schools_district", "local_id", 60),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # It keeps texts of any length.
    for table, column, _before in COLUMNS:
        op.alter_column(table, column, type_=sa.String(length=255), existing_nullable=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column, before in COLUMNS:
        op.alter_column(table, column, type_=sa.String(length=before), existing_nullable=False)
