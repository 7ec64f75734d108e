"""Needs offered to several agencies at once, where places are, in what language agencies read, and when a
family was reminded."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0002"
down_revision = "referrals_0001"
branch_labels = None
depends_on = None
_LIST = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_OF_FILES = ("referrals_agency", "referrals_location", "referrals_service")
_KEPT: dict[str, Any] = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "referrals_former_guardian",
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("student_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_former_guardian")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_referrals_former_guardian_contact_id"),
        "referrals_former_guardian",
        ["contact_id"],
        unique=False,
    )
    with op.batch_alter_table("referrals_referral", **_KEPT) as batch_op:
        batch_op.add_column(
            sa.Column("pool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("guardian_id", _ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_referrals_referral_pool_id"), ["pool_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_referral_guardian_id"), ["guardian_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_referrals_referral_pool_id_referrals_referral"),
            "referrals_referral",
            ["pool_id"],
            ["id"],
        )
    with op.batch_alter_table("referrals_consent", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("reminded", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("referrals_consent", **_KEPT) as batch_op:
        batch_op.alter_column("reminded", server_default=None)
    with op.batch_alter_table("referrals_event", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("said_by", sa.String(length=6), server_default="", nullable=False))
    with op.batch_alter_table("referrals_event", **_KEPT) as batch_op:
        batch_op.alter_column("said_by", server_default=None)
    with op.batch_alter_table("referrals_location", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("latitude", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.Float(), nullable=True))
    with op.batch_alter_table("referrals_agency", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=10), server_default="en", nullable=False))
    with op.batch_alter_table("referrals_agency", **_KEPT) as batch_op:
        batch_op.alter_column("language", server_default=None)
    for name in _OF_FILES:
        with op.batch_alter_table(name, **_KEPT) as batch_op:
            batch_op.add_column(sa.Column("staff_fields", _LIST, server_default="[]", nullable=False))
        with op.batch_alter_table(name, **_KEPT) as batch_op:
            batch_op.alter_column("staff_fields", server_default=None)


def downgrade() -> None:
    for name in _OF_FILES:
        with op.batch_alter_table(name, **_KEPT) as batch_op:
            batch_op.drop_column("staff_fields")
    op.drop_index(op.f("ix_referrals_former_guardian_contact_id"), table_name="referrals_former_guardian")
    op.drop_table("referrals_former_guardian")
    with op.batch_alter_table("referrals_event", **_KEPT) as batch_op:
        batch_op.drop_column("said_by")
    with op.batch_alter_table("referrals_consent", **_KEPT) as batch_op:
        batch_op.drop_column("reminded")
    with op.batch_alter_table("referrals_agency", **_KEPT) as batch_op:
        batch_op.drop_column("language")
    with op.batch_alter_table("referrals_location", **_KEPT) as batch_op:
        batch_op.drop_column("longitude")
        batch_op.drop_column("latitude")
    with op.batch_alter_table("referrals_referral", **_KEPT) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_referrals_referral_pool_id_referrals_referral"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_referrals_referral_guardian_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_pool_id"))
        batch_op.drop_column("guardian_id")
        batch_op.drop_column("pool_id")
