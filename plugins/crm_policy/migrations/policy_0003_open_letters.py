"""Letters on bills are open letters of the core; searches look at bills as they come in; lists by mail;
an index of the few bills that are tracked; hearings that move, and what staff put right of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "policy_0003"
down_revision = "policy_0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT: dict[str, Any] = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""


def upgrade() -> None:
    op.create_table(
        "policy_bill_letter",
        sa.Column("id", ID, nullable=False),
        sa.Column("bill_id", ID, nullable=False),
        sa.Column("letter_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["policy_bill.id"], name=op.f("fk_policy_bill_letter_bill_id_policy_bill")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["signon_letter.id"], name=op.f("fk_policy_bill_letter_letter_id_signon_letter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_bill_letter")),
        sa.UniqueConstraint("bill_id", "letter_id", name=op.f("uq_policy_bill_letter_bill_id_letter_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policy_bill_letter_letter_id"), "policy_bill_letter", ["letter_id"])
    op.drop_table("policy_signature")
    op.drop_table("policy_letter")
    with op.batch_alter_table("policy_search", **KEPT) as batch_op:
        batch_op.drop_column("seen_bill_id")
    by_mail = sa.Column("by_mail", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("policy_feed", by_mail)
    stands_for = sa.Column("stands_for", sa.Text(), nullable=False, server_default="")
    op.add_column("policy_office", stands_for)
    closed = sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("policy_office", closed)
    empty = {"nullable": False, "server_default": ""}
    op.add_column("policy_hearing", sa.Column("source_key", sa.String(length=120), **empty))
    op.add_column("policy_hearing", sa.Column("staff_fields", JSON, nullable=False, server_default="[]"))
    op.add_column("policy_hearing_bill", sa.Column("source", sa.String(length=20), **empty))
    op.create_index("ix_policy_hearing_source_key", "policy_hearing", ["source_key"])
    tracked = sa.text("triage = 'tracked'")
    op.create_index(
        "ix_policy_bill_tracked", "policy_bill", ["state", "stage", "disposition"],
        sqlite_where=tracked, postgresql_where=tracked,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_policy_bill_tracked", "policy_bill")
    op.drop_index("ix_policy_hearing_source_key", "policy_hearing")
    for table, column in (
        ("policy_hearing_bill", "source"),
        ("policy_hearing", "staff_fields"),
        ("policy_hearing", "source_key"),
    ):
        with op.batch_alter_table(table, **KEPT) as batch_op:
            batch_op.drop_column(column)
    seen = sa.Column("seen_bill_id", sa.Integer(), nullable=False, server_default="0")
    op.add_column("policy_search", seen)
    with op.batch_alter_table("policy_feed", **KEPT) as batch_op:
        batch_op.drop_column("by_mail")
    with op.batch_alter_table("policy_office", **KEPT) as batch_op:
        batch_op.drop_column("closed")
        batch_op.drop_column("stands_for")
    op.create_table(
        "policy_letter",
        sa.Column("id", ID, nullable=False),
        sa.Column("bill_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["policy_bill.id"], name=op.f("fk_policy_letter_bill_id_policy_bill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_letter")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policy_letter_bill_id"), "policy_letter", ["bill_id"])
    op.create_table(
        "policy_signature",
        sa.Column("id", ID, nullable=False),
        sa.Column("letter_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("organization_key", sa.String(length=200), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("signer_title", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("logo_allowed", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_policy_signature_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["policy_letter.id"], name=op.f("fk_policy_signature_letter_id_policy_letter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_signature")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policy_signature_contact_id"), "policy_signature", ["contact_id"])
    op.create_index(op.f("ix_policy_signature_letter_id"), "policy_signature", ["letter_id"])
    op.drop_table("policy_bill_letter")
