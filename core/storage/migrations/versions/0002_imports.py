"""Imports: sources, steps, saved mappings, suite versions, the quarantine's work list, rewinds."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    if context.config.attributes["part"] != "registry":
        return
    create_tables()
    embedded = op.get_bind().dialect.name == "sqlite"
    json, moment = ("JSON", "DATETIME") if embedded else ("JSONB", "TIMESTAMP WITH TIME ZONE")
    # Written out: SQLite takes a new column only together with its constraints.
    for table, column, kind in (
        ("household", "attributes", f"{json} DEFAULT '{{}}' NOT NULL"),
        ("import_row", "edits", json),
        ("import_row", "state", "VARCHAR(20) DEFAULT 'OPEN' NOT NULL CONSTRAINT "
         "ck_import_row_rowstate CHECK (state IN ('OPEN', 'PUBLISHED', 'DISCARDED'))"),
        ("import_row", "owner_id", "INTEGER CONSTRAINT fk_import_row_owner_id_user_account "
         "REFERENCES user_account (id)"),
        ("import_row", "held_at", moment),
        ("import_row", "decided_at", moment),
        ("import_row", "reason", "VARCHAR(500)"),
        ("import_run", "dataset", "VARCHAR(50) DEFAULT 'people' NOT NULL"),
        ("import_run", "source_id", "INTEGER CONSTRAINT fk_import_run_source_id_source "
         "REFERENCES source (id)"),
        ("import_run", "parent_id", "INTEGER CONSTRAINT fk_import_run_parent_id_import_run "
         "REFERENCES import_run (id)"),
        ("import_run", "suite_version_id", "INTEGER CONSTRAINT "
         "fk_import_run_suite_version_id_suite_version REFERENCES suite_version (id)"),
        ("import_run", "settings_digest", "VARCHAR(64)"),
        ("import_run", "cursor", json),
        ("import_run", "rewound_at", moment),
        ("import_run", "discarded_at", moment),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    op.create_index("ix_import_row_state", "import_row", ["state"])
    op.create_index("ix_import_run_parent_id", "import_run", ["parent_id"])
    op.create_index("ix_import_run_source_id", "import_run", ["source_id"])


def create_tables() -> None:
    op.create_table('saved_mapping',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uuid', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('dataset', sa.String(length=50), nullable=False),
    sa.Column('header_print', sa.String(length=64), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.Column('made_by', sa.String(length=100), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_mapping')),
    sa.UniqueConstraint('name', 'version', name=op.f('uq_saved_mapping_name_version')),
    sa.UniqueConstraint('uuid', name=op.f('uq_saved_mapping_uuid'))
    )
    op.create_index(op.f('ix_saved_mapping_header_print'), 'saved_mapping', ['header_print'], unique=False)
    op.create_table('suite_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uuid', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('made_by', sa.String(length=100), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suite_version')),
    sa.UniqueConstraint('name', 'version', name=op.f('uq_suite_version_name_version')),
    sa.UniqueConstraint('uuid', name=op.f('uq_suite_version_uuid'))
    )
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('page', sa.String(length=200), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_notice_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    op.create_index(op.f('ix_notice_user_id'), 'notice', ['user_id'], unique=False)
    op.create_table('rewound_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=30), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_rewound_record_batch_id_batch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rewound_record'))
    )
    op.create_index(op.f('ix_rewound_record_batch_id'), 'rewound_record', ['batch_id'], unique=False)
    op.create_table('source',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uuid', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('options', JSON, nullable=False),
    sa.Column('secret', sa.Text(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('dataset', sa.String(length=50), nullable=False),
    sa.Column('status', sa.Enum('POTENTIAL', 'ACTIVE', 'SUSPENDED', 'GRADUATED', name='status', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('mapping', JSON, nullable=True),
    sa.Column('timetable', JSON, nullable=True),
    sa.Column('limits', JSON, nullable=False),
    sa.Column('cursor', JSON, nullable=True),
    sa.Column('publishes', sa.Boolean(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused', sa.String(length=500), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_source_programme_id_programme')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_source_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source')),
    sa.UniqueConstraint('name', name=op.f('uq_source_name')),
    sa.UniqueConstraint('uuid', name=op.f('uq_source_uuid'))
    )
    op.create_index(op.f('ix_source_user_id'), 'source', ['user_id'], unique=False)
    op.create_table('import_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.Column('actor', sa.String(length=100), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_import_step_run_id_import_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_step')),
    sa.UniqueConstraint('run_id', 'position', name=op.f('uq_import_step_run_id_position'))
    )


def downgrade() -> None:
    raise NotImplementedError("Sources and quarantine have no place below; restore a backup.")
