"""Which others came from the address of an answer is found without reading all of them."""

from alembic import op

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None

ANSWERS = ("intake_answer", "intake_request")


def upgrade() -> None:
    for table in ANSWERS:
        op.create_index(op.f(f"ix_{table}_email"), table, ["email"])


def downgrade() -> None:
    for table in ANSWERS:
        op.drop_index(op.f(f"ix_{table}_email"), table)
