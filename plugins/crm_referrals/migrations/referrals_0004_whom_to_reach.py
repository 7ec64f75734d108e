"""Of whom the words may speak that say how to reach a family."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0004"
down_revision = "referrals_0003"
branch_labels = None
depends_on = None
_LIST = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEPT = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""


def upgrade() -> None:
    with op.batch_alter_table("referrals_need", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("reach_of", _LIST, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("referrals_need", **_KEPT) as batch_op:
        batch_op.drop_column("reach_of")
