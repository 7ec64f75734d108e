"""When staff were told of an answer by mail: one they were not told of is told when it is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None

ANSWERS = ("intake_answer", "intake_request")


def upgrade() -> None:
    for table in ANSWERS:
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        # Of what came in a flood, or went to the spam, nobody was told. Of what is confirmed later staff are
        # told twice at worst.
        op.execute(f"UPDATE {table} SET told_at = created_at WHERE confirmed_at IS NOT NULL")  # noqa: S608  # Our own names.


def downgrade() -> None:
    for table in ANSWERS:
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.drop_column("told_at")
