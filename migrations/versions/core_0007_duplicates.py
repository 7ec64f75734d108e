"""Contacts that may be one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contact_duplicate_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_duplicate_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_contact_duplicate_key_key_contact_id"), "contact_duplicate_key", ["key", "contact_id"]
    )
    op.create_index(op.f("ix_contact_duplicate_key_contact_id"), "contact_duplicate_key", ["contact_id"])
    op.create_table(
        "contact_duplicate_pair",
        sa.Column("id", ID, nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("second_id", ID, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_duplicate_pair")),
        sa.UniqueConstraint(
            "first_id", "second_id", name=op.f("uq_contact_duplicate_pair_first_id_second_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_duplicate_pair_score_id"), "contact_duplicate_pair", ["score", "id"])
    op.create_index(op.f("ix_contact_duplicate_pair_second_id"), "contact_duplicate_pair", ["second_id"])
    op.create_table(
        "contact_duplicate_scan",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_duplicate_scan")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "contact_not_duplicate",
        sa.Column("id", ID, nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("second_id", ID, nullable=False),
        sa.Column("author_user_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["contact.id"], name=op.f("fk_contact_not_duplicate_first_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["contact.id"], name=op.f("fk_contact_not_duplicate_second_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_not_duplicate")),
        sa.UniqueConstraint(
            "first_id", "second_id", name=op.f("uq_contact_not_duplicate_first_id_second_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_not_duplicate_second_id"), "contact_not_duplicate", ["second_id"])


def downgrade() -> None:
    for name in ("not_duplicate", "duplicate_scan", "duplicate_pair", "duplicate_key"):
        op.drop_table(f"contact_{name}")
