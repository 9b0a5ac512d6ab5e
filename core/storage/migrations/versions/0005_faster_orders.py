"""Subjects of an order are written without asking for the order at each; an enrolment's newest
status change is one look-up."""

from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ORDER = "fk_move_subject_order_id_move_order"


def upgrade() -> None:
    if context.config.attributes["part"] != "registry":
        return
    op.create_index("ix_status_change_newest", "status_change", ["enrolment_id", "id"])
    op.drop_index("ix_status_change_enrolment_id", "status_change")
    with op.batch_alter_table("move_subject") as table:
        table.drop_constraint(_ORDER, type_="foreignkey")


def downgrade() -> None:
    if context.config.attributes["part"] != "registry":
        return
    with op.batch_alter_table("move_subject") as table:
        table.create_foreign_key(_ORDER, "move_order", ["order_id"], ["id"])
    op.create_index("ix_status_change_enrolment_id", "status_change", ["enrolment_id"])
    op.drop_index("ix_status_change_newest", "status_change")
