"""When the link that confirms an answer was mailed; requests for help wait for staff from the beginning."""

import sqlalchemy as sa
from alembic import op

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None

ANSWERS = ("intake_answer", "intake_request")


def upgrade() -> None:
    for table in ANSWERS:
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.add_column(sa.Column("link_mailed_at", sa.DateTime(timezone=True), nullable=True))
        # Nobody knows any more to which of them none went.
        op.execute(f"UPDATE {table} SET link_mailed_at = created_at WHERE email <> '' AND status <> 'spam'")  # noqa: S608  # Our own names.
    op.execute("UPDATE intake_request SET status = 'waiting' WHERE status = 'unconfirmed'")


def downgrade() -> None:
    op.execute(
        "UPDATE intake_request SET status = 'unconfirmed' "
        "WHERE status = 'waiting' AND email <> '' AND confirmed_at IS NULL"
    )
    for table in ANSWERS:
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.drop_column("link_mailed_at")
