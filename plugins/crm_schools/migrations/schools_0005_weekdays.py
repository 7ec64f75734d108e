"""On which weekdays days were missed stands in the rating, so that no page reads every absence."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0005"
down_revision = "schools_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "schools_rating",
        sa.Column("weekdays_absent", sa.String(length=21), nullable=False, server_default=""),
    )
    op.drop_index("ix_schools_absence_school", "schools_absence")


def downgrade() -> None:
    op.create_index("ix_schools_absence_school", "schools_absence", ["school_id"])
    op.drop_column("schools_rating", "weekdays_absent")
