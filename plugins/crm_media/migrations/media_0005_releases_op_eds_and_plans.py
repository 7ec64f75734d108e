"""Releases op-eds and plans."""

import sqlalchemy as sa
from alembic import op

revision = "media_0005"
down_revision = "media_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_plan")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_opinion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('draft', 'submitted', 'accepted', 'declined', 'printed')",
            name=op.f("ck_media_opinion_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_media_opinion_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_opinion")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_opinion_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "media_plan_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["media_plan.id"], name=op.f("fk_media_plan_step_plan_id_media_plan")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_media_plan_step_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_plan_step")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_plan_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_plan_step_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_plan_step_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_plan_step_user_id"), ["user_id"], unique=False)

    op.create_table(
        "media_release",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("embargo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exclusive_outlet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("exclusive_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_ups", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("approved_number", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('draft', 'review', 'approved')", name=op.f("ck_media_release_status")),
        sa.CheckConstraint(
            "(exclusive_outlet_id is null) = (exclusive_until is null)",
            name=op.f("ck_media_release_exclusive"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_media_release_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["exclusive_outlet_id"],
            ["media_outlet.id"],
            name=op.f("fk_media_release_exclusive_outlet_id_media_outlet"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_release")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_release_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_media_release_exclusive_outlet_id"), ["exclusive_outlet_id"], unique=False
        )

    op.create_table(
        "media_recipient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chased", sa.Integer(), nullable=False),
        sa.Column("chased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status in ('chosen', 'sent', 'replied', 'covered', 'declined', 'silent', 'bounced', 'left_out')",
            name=op.f("ck_media_recipient_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_media_recipient_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["media_release.id"], name=op.f("fk_media_recipient_release_id_media_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_recipient")),
        sa.UniqueConstraint(
            "release_id", "contact_id", name=op.f("uq_media_recipient_release_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_recipient_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_recipient_mail_id"), ["mail_id"], unique=False)

    op.create_table(
        "media_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["media_release.id"], name=op.f("fk_media_version_release_id_media_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_version")),
        sa.UniqueConstraint("release_id", "number", name=op.f("uq_media_version_release_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_clip", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(
            sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_media_clip_release_id"), ["release_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_media_clip_release_id_media_release"), "media_release", ["release_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("media_clip", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_media_clip_release_id_media_release"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_media_clip_release_id"))
        batch_op.drop_column("release_id")

    op.drop_table("media_version")
    with op.batch_alter_table("media_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_recipient_mail_id"))
        batch_op.drop_index(batch_op.f("ix_media_recipient_contact_id"))

    op.drop_table("media_recipient")
    with op.batch_alter_table("media_release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_release_exclusive_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_media_release_campaign_id"))

    op.drop_table("media_release")
    with op.batch_alter_table("media_plan_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_plan_step_user_id"))
        batch_op.drop_index(batch_op.f("ix_media_plan_step_plan_id"))
        batch_op.drop_index(batch_op.f("ix_media_plan_step_due_on"))

    op.drop_table("media_plan_step")
    with op.batch_alter_table("media_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_opinion_contact_id"))

    op.drop_table("media_opinion")
    op.drop_table("media_plan")
