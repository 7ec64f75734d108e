"""When the link that confirms a signature was mailed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signon_signature", sa.Column("link_mailed_at", sa.DateTime(timezone=True), nullable=True))
    # Nobody knows any more to which of them none went.
    op.execute(
        "UPDATE signon_signature SET link_mailed_at = created_at "
        "WHERE signer_email <> '' AND status <> 'spam'"
    )


def downgrade() -> None:
    op.drop_column("signon_signature", "link_mailed_at")
