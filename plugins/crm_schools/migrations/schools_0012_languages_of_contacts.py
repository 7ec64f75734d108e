"""The language in which a family was spoken to is as long as that of a contact may be."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0012"
down_revision = "schools_0011"
branch_labels = None
depends_on = None
BEFORE, LONGEST = 5, 35


def upgrade() -> None:
    _alter(LONGEST)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"UPDATE schools_attempt SET language = '' WHERE length(language) > {BEFORE}")  # noqa: S608  # Numbers.
    _alter(BEFORE)


def _alter(length: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # It keeps texts of any length.
    op.alter_column("schools_attempt", "language", type_=sa.String(length=length), existing_nullable=False)
