"""A source that is retired keeps its history and is never imported again."""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if context.config.attributes["part"] != "registry":
        return
    embedded = op.get_bind().dialect.name == "sqlite"
    moment = "DATETIME" if embedded else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE source ADD COLUMN retired_at {moment}")


def downgrade() -> None:
    if context.config.attributes["part"] == "registry":
        op.execute("ALTER TABLE source DROP COLUMN retired_at")
