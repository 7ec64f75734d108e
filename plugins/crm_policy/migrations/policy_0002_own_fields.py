"""Fields of their own for more kinds of records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "policy_0002"
down_revision = "policy_0001"
branch_labels = None
depends_on = None

CUSTOMIZED = ("policy_bill", "policy_hearing", "policy_legislator")


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    for table in CUSTOMIZED:
        column = sa.Column("custom", json, nullable=False, server_default=sa.text("'{}'"))
        op.add_column(table, column)


def downgrade() -> None:
    for table in reversed(CUSTOMIZED):
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.drop_column("custom")
