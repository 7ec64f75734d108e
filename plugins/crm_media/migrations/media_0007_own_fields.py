"""Fields of their own for more kinds of records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "media_0007"
down_revision = "media_0006"
branch_labels = None
depends_on = None

CUSTOMIZED = ("media_clip", "media_release", "media_outlet", "media_reporter", "media_spokesperson")


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    for table in CUSTOMIZED:
        column = sa.Column("custom", json, nullable=False, server_default=sa.text("'{}'"))
        op.add_column(table, column)


def downgrade() -> None:
    for table in reversed(CUSTOMIZED):
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
            batch_op.drop_column("custom")
