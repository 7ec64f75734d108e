"""Where the addresses of merged contacts lead."""

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contact_former",
        sa.Column("id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("former_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_former_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_former")),
        sa.UniqueConstraint("former_id", name=op.f("uq_contact_former_former_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_former_contact_id"), "contact_former", ["contact_id"])


def downgrade() -> None:
    op.drop_table("contact_former")
