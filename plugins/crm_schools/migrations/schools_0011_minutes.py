"""Minutes keep the numbers as they were when the team met, and in what order it talked."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0011"
down_revision = "schools_0010"
branch_labels = None
depends_on = None
OF_MEETING = ("chronic", "rated", "left_out")
OF_ITEM = ("absent", "enrolled")


def upgrade() -> None:
    for name in OF_MEETING:
        op.add_column("schools_meeting", sa.Column(name, sa.Integer(), nullable=True))
    for name in OF_ITEM:
        op.add_column("schools_agenda_item", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("schools_agenda_item", sa.Column("through_on", sa.Date(), nullable=True))
    # What was on agendas before has no need noted, and stands where it stood.
    op.add_column("schools_agenda_item", sa.Column("need", sa.Integer(), nullable=False, server_default="2"))


def downgrade() -> None:
    for name in ("need", "through_on", *OF_ITEM):
        op.drop_column("schools_agenda_item", name)
    for name in OF_MEETING:
        op.drop_column("schools_meeting", name)
