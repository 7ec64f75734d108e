"""Where one address of somebody wants no mail."""

import sqlalchemy as sa
from alembic import op

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contact_email", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("no_mail_since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("no_mail_why", sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contact_email", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("no_mail_why")
        batch_op.drop_column("no_mail_since")
