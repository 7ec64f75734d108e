"""Which message in the outbox is somebody's last reminder; which release another one corrects."""

import sqlalchemy as sa
from alembic import op

revision = "media_0012"
down_revision = "media_0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("media_recipient", sa.Column("reminder_id", ID, nullable=True))
    op.add_column("media_release", sa.Column("corrects_id", ID, nullable=True))
    op.create_index("ix_media_release_corrects_id", "media_release", ["corrects_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_media_release_corrects_id", "media_release")
    with op.batch_alter_table("media_release", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("corrects_id")
    with op.batch_alter_table("media_recipient", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("reminder_id")
