"""Open letters that organizations sign, and public forms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake_form",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column(
            "texts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "asked",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "sites",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "tags",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("unknown", sa.String(length=10), nullable=False),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("notify_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('join', 'sign_up', 'help')", name=op.f("ck_intake_form_kind")),
        sa.CheckConstraint("status in ('draft', 'open', 'closed')", name=op.f("ck_intake_form_status")),
        sa.CheckConstraint("unknown in ('create', 'queue')", name=op.f("ck_intake_form_unknown")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_intake_form_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_intake_form_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["notify_user_id"], ["user_account.id"], name=op.f("fk_intake_form_notify_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_form")),
        sa.UniqueConstraint("public_key", name=op.f("uq_intake_form_public_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("intake_form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_form_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_form_coalition_id"), ["coalition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_form_notify_user_id"), ["notify_user_id"], unique=False)

    op.create_table(
        "signon_letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("public_key", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('open', 'closed')", name=op.f("ck_signon_letter_status")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_signon_letter_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_signon_letter_coalition_id_coalition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signon_letter")),
        sa.UniqueConstraint("public_key", name=op.f("uq_signon_letter_public_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("signon_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signon_letter_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signon_letter_coalition_id"), ["coalition_id"], unique=False)

    op.create_table(
        "intake_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("submission_key", sa.String(length=40), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "status in ('unconfirmed', 'waiting', 'accepted', 'declined', 'spam')",
            name=op.f("ck_intake_answer_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_intake_answer_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"],
            ["user_account.id"],
            name=op.f("fk_intake_answer_decided_by_user_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["intake_form.id"], name=op.f("fk_intake_answer_form_id_intake_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_answer")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_intake_answer_submission_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("intake_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_answer_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intake_answer_decided_by_user_id"), ["decided_by_user_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_intake_answer_form_id"), ["form_id"], unique=False)
        batch_op.create_index("ix_intake_answer_sort", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_answer_status"), ["status"], unique=False)

    op.create_table(
        "intake_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("submission_key", sa.String(length=40), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "status in ('unconfirmed', 'waiting', 'accepted', 'declined', 'spam')",
            name=op.f("ck_intake_request_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_intake_request_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"],
            ["user_account.id"],
            name=op.f("fk_intake_request_decided_by_user_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["intake_form.id"], name=op.f("fk_intake_request_form_id_intake_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_request")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_intake_request_submission_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("intake_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_request_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intake_request_decided_by_user_id"), ["decided_by_user_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_intake_request_form_id"), ["form_id"], unique=False)
        batch_op.create_index("ix_intake_request_sort", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_request_status"), ["status"], unique=False)

    op.create_table(
        "signon_invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_signon_invitation_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["signon_letter.id"], name=op.f("fk_signon_invitation_letter_id_signon_letter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signon_invitation")),
        sa.UniqueConstraint(
            "letter_id", "contact_id", name=op.f("uq_signon_invitation_letter_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("signon_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signon_invitation_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "signon_text",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["signon_letter.id"], name=op.f("fk_signon_text_letter_id_signon_letter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signon_text")),
        sa.UniqueConstraint("letter_id", "number", name=op.f("uq_signon_text_letter_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "signon_signature",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signer_title", sa.Text(), nullable=False),
        sa.Column("signer_email", sa.Text(), nullable=False),
        sa.Column("logo_key", sa.String(length=64), nullable=True),
        sa.Column("shows_logo", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("submission_key", sa.String(length=40), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('unconfirmed', 'waiting', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_signon_signature_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_signon_signature_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["signon_letter.id"], name=op.f("fk_signon_signature_letter_id_signon_letter")
        ),
        sa.ForeignKeyConstraint(
            ["text_id"], ["signon_text.id"], name=op.f("fk_signon_signature_text_id_signon_text")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signon_signature")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_signon_signature_submission_key")),
        sa.UniqueConstraint("text_id", "name_key", name=op.f("uq_signon_signature_text_id_name_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("signon_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signon_signature_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signon_signature_letter_id"), ["letter_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signon_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signon_signature_letter_id"))
        batch_op.drop_index(batch_op.f("ix_signon_signature_contact_id"))

    op.drop_table("signon_signature")
    op.drop_table("signon_text")
    with op.batch_alter_table("signon_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signon_invitation_contact_id"))

    op.drop_table("signon_invitation")
    with op.batch_alter_table("intake_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_request_status"))
        batch_op.drop_index("ix_intake_request_sort")
        batch_op.drop_index(batch_op.f("ix_intake_request_form_id"))
        batch_op.drop_index(batch_op.f("ix_intake_request_decided_by_user_id"))
        batch_op.drop_index(batch_op.f("ix_intake_request_contact_id"))

    op.drop_table("intake_request")
    with op.batch_alter_table("intake_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_answer_status"))
        batch_op.drop_index("ix_intake_answer_sort")
        batch_op.drop_index(batch_op.f("ix_intake_answer_form_id"))
        batch_op.drop_index(batch_op.f("ix_intake_answer_decided_by_user_id"))
        batch_op.drop_index(batch_op.f("ix_intake_answer_contact_id"))

    op.drop_table("intake_answer")
    with op.batch_alter_table("signon_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signon_letter_coalition_id"))
        batch_op.drop_index(batch_op.f("ix_signon_letter_campaign_id"))

    op.drop_table("signon_letter")
    with op.batch_alter_table("intake_form", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_form_notify_user_id"))
        batch_op.drop_index(batch_op.f("ix_intake_form_coalition_id"))
        batch_op.drop_index(batch_op.f("ix_intake_form_campaign_id"))

    op.drop_table("intake_form")
