"""Staff may say that the end of a session is not known, and none is assumed."""

import sqlalchemy as sa
from alembic import op

revision = "policy_0006"
down_revision = "policy_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    open_ended = sa.Column("open_ended", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("policy_session", open_ended)


def downgrade() -> None:
    with op.batch_alter_table("policy_session", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("open_ended")
