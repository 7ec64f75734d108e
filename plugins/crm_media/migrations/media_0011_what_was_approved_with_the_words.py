"""A mark of the times, files and early readers that a release was approved with."""

import sqlalchemy as sa
from alembic import op

revision = "media_0011"
down_revision = "media_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    mark = sa.Column("approved_terms", sa.String(length=20), nullable=False, server_default="")
    op.add_column("media_release", mark)


def downgrade() -> None:
    with op.batch_alter_table("media_release", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("approved_terms")
