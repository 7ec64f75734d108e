"""Of a need in the ledger whether it was met in part, and whether the same family's was counted before."""

import sqlalchemy as sa
from alembic import op

revision = "referrals_0005"
down_revision = "referrals_0004"
branch_labels = None
depends_on = None
_KEPT = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""


def upgrade() -> None:
    with op.batch_alter_table("referrals_unmet", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("was_partly", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("is_again", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("referrals_unmet", **_KEPT) as batch_op:
        batch_op.drop_column("is_again")
        batch_op.drop_column("was_partly")
