"""Lifecycle: what a programme allows, its cycles, orders from preview to receipt, exits, undos."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_STATUS = ("POTENTIAL", "ACTIVE", "SUSPENDED", "GRADUATED")


def upgrade() -> None:
    if context.config.attributes["part"] != "registry":
        return
    create_tables()
    embedded = op.get_bind().dialect.name == "sqlite"
    json = "JSON" if embedded else "JSONB"
    # Written out: SQLite takes a new column only together with its constraints.
    for table, column, kind in (
        ("batch", "programme_id", "INTEGER CONSTRAINT fk_batch_programme_id_programme "
         "REFERENCES programme (id)"),
        ("batch", "note", "VARCHAR(500)"),
        ("batch", "details", json),
        ("household", "merged_into_id", "INTEGER CONSTRAINT fk_household_merged_into_id_household "
         "REFERENCES household (id)"),
        ("programme", "moves", json),
        ("programme", "exit_reasons", json),
        ("programme", "household_rule", "VARCHAR(20) DEFAULT 'NONE' NOT NULL CONSTRAINT "
         "ck_programme_householdrule CHECK (household_rule IN ('NONE', 'HEAD', 'ANY', 'ALL'))"),
        ("programme", "capacity", "INTEGER"),
        ("programme", "approval", "BOOLEAN DEFAULT false NOT NULL"),
        ("programme", "graduation", json),
        ("programme", "attribute_schema", json),
        ("programme", "default_criteria", json),
        ("programme", "list_columns", json),
        ("programme", "starts", "DATE"),
        ("programme", "ends", "DATE"),
        ("status_change", "restores_id", "INTEGER CONSTRAINT "
         "fk_status_change_restores_id_status_change REFERENCES status_change (id)"),
        ("status_change", "exit_reason", "VARCHAR(100)"),
        ("status_change", "since", "DATE"),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    op.create_index("ix_batch_programme_id", "batch", ["programme_id"])
    op.create_index("ix_batch_undo_of_id", "batch", ["undo_of_id"])
    for name, table, column in (
        ("ix_status_change_restores", "status_change", "restores_id"),
        ("ix_household_merged", "household", "merged_into_id"),
    ):
        filled = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=filled, postgresql_where=filled)


def create_tables() -> None:
    op.create_table('cycle',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('starts', sa.Date(), nullable=True),
    sa.Column('ends', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_cycle_programme_id_programme')),
    sa.PrimaryKeyConstraint('programme_id', 'number', name=op.f('pk_cycle'))
    )
    op.create_table('move_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uuid', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('actor', sa.String(length=100), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('programme_id', sa.Integer(), nullable=True),
    sa.Column('target', sa.Enum(*_STATUS, 'EXITED', name='target', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('scope', JSON, nullable=False),
    sa.Column('counts', JSON, nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'ASKED', 'WAITING', 'DONE', 'REFUSED', 'CANCELLED', 'FAILED', name='orderstate', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=100), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=500), nullable=True),
    sa.Column('undo_of_id', sa.Integer(), nullable=True),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_move_order_batch_id_batch')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_move_order_programme_id_programme')),
    sa.ForeignKeyConstraint(['undo_of_id'], ['batch.id'], name=op.f('fk_move_order_undo_of_id_batch')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_move_order_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_move_order')),
    sa.UniqueConstraint('uuid', name=op.f('uq_move_order_uuid'))
    )
    for column in ('actor', 'batch_id', 'programme_id', 'undo_of_id'):
        op.create_index(op.f(f'ix_move_order_{column}'), 'move_order', [column], unique=False)
    op.create_index('ix_move_order_due', 'move_order', ['state', 'effective_on'], unique=False)
    op.create_table('move_subject',
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('part', sa.Enum('CHOSEN', 'CARRIED', name='part', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=True),
    sa.Column('blocked', sa.Enum('OUTSIDE', 'ENDED', 'ALREADY', 'NOT_ALLOWED', 'LATER', 'CONDITION', 'FOLLOWS', 'CAPACITY', 'MOVED', 'LEADER', 'MOVED_SINCE', 'UNDONE', 'BEGAN', name='block', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('status', sa.Enum(*_STATUS, name='status', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('exit_reason', sa.String(length=100), nullable=True),
    sa.Column('undo_of_id', sa.Integer(), nullable=True),
    sa.Column('restores_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['move_order.id'], name=op.f('fk_move_subject_order_id_move_order')),
    sa.PrimaryKeyConstraint('order_id', 'enrolment_id', name=op.f('pk_move_subject'))
    )
    op.create_table('row_image',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=30), nullable=False),
    sa.Column('entity_id', sa.String(length=600), nullable=False),
    sa.Column('before', JSON, nullable=True),
    sa.Column('after', JSON, nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_row_image_batch_id_batch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_row_image'))
    )
    op.create_index(op.f('ix_row_image_batch_id'), 'row_image', ['batch_id'], unique=False)
    op.create_index('ix_row_image_entity', 'row_image', ['entity', 'entity_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Orders and exits have no place below; restore a backup.")
