"""Which contacts are known from the records of schools alone."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0010"
down_revision = "schools_0009"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schools_family_contact",
        sa.Column("id", KEY, nullable=False),
        sa.Column("contact_id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_family_contact")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_schools_family_contact_contact_id")),
        sqlite_autoincrement=True,
    )
    # Whoever belongs to an organization is known to the coalition, too.
    op.execute(
        "INSERT INTO schools_family_contact (contact_id) "
        "SELECT DISTINCT contact_id FROM schools_guardian WHERE NOT EXISTS "
        "(SELECT 1 FROM affiliation WHERE affiliation.person_id = schools_guardian.contact_id)"
    )


def downgrade() -> None:
    op.drop_table("schools_family_contact")
