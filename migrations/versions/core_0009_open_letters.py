"""Letters have owners, invitations links of their own; unconfirmed signatures stand beside one another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
CUSTOMIZED = ("intake_form", "signon_letter")
LINKED = ("intake_answer", "intake_request", "signon_invitation")
ANEW = {"sqlite_autoincrement": True}
"""What SQLite must be told of a table that it makes anew."""
STATUS = "ck_signon_signature_status"
NAMES = "uq_signon_signature_text_id_name_key"
STANDING = "uq_signon_signature_standing"
BEFORE = "status in ('unconfirmed', 'waiting', 'approved', 'refused', 'withdrawn')"
AFTER = "status in ('unconfirmed', 'waiting', 'approved', 'refused', 'withdrawn', 'spam')"


def upgrade() -> None:
    for table in LINKED:
        op.add_column(table, sa.Column("link_version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("intake_form", sa.Column("required", JSON, nullable=False, server_default=sa.text("'[]'")))
    for table in CUSTOMIZED:
        op.add_column(table, sa.Column("custom", JSON, nullable=False, server_default=sa.text("'{}'")))
    with op.batch_alter_table("signon_letter", table_kwargs=ANEW) as batch_op:
        batch_op.add_column(sa.Column("owner_user_id", ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_signon_letter_owner_user_id_user_account"), "user_account", ["owner_user_id"], ["id"]
        )
    op.create_index(op.f("ix_signon_letter_owner_user_id"), "signon_letter", ["owner_user_id"])
    _change(AFTER, drop=NAMES)
    op.create_index(
        STANDING, "signon_signature", ["text_id", "name_key"], unique=True,
        sqlite_where=sa.text("status = 'approved'"), postgresql_where=sa.text("status = 'approved'"),
    )  # fmt: skip


def _change(status: str, *, drop: str = "", unique: str = "") -> None:
    """Let signatures have these statuses, and take away or add that a name stands once below a text."""
    with op.batch_alter_table("signon_signature", table_kwargs=ANEW) as batch_op:
        batch_op.drop_constraint(op.f(STATUS), type_="check")
        batch_op.create_check_constraint(op.f(STATUS), sa.text(status))
        if drop:
            batch_op.drop_constraint(op.f(drop), type_="unique")
        if unique:
            batch_op.create_unique_constraint(op.f(unique), ["text_id", "name_key"])


def downgrade() -> None:
    op.drop_index(STANDING, "signon_signature")
    # Before, a name stood once below a text: the published signature stays, else the newest.
    op.execute("DELETE FROM signon_signature WHERE status = 'spam'")
    op.execute(
        "DELETE FROM signon_signature WHERE status <> 'approved' AND EXISTS (SELECT 1 FROM signon_signature "
        "AS other WHERE other.text_id = signon_signature.text_id AND other.name_key = "
        "signon_signature.name_key AND (other.status = 'approved' OR other.id > signon_signature.id))"
    )
    _change(BEFORE, unique=NAMES)
    op.drop_index(op.f("ix_signon_letter_owner_user_id"), "signon_letter")
    with op.batch_alter_table("signon_letter", table_kwargs=ANEW) as batch_op:
        batch_op.drop_constraint(op.f("fk_signon_letter_owner_user_id_user_account"), type_="foreignkey")
        batch_op.drop_column("owner_user_id")
    for table in CUSTOMIZED:
        op.drop_column(table, "custom")
    op.drop_column("intake_form", "required")
    for table in LINKED:
        op.drop_column(table, "link_version")
