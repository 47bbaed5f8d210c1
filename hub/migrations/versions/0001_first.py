"""The first schema: people, farms, animals, records, imports, evaluations, jobs, audit."""

import sqlalchemy as sa
from alembic import context, op
from procrastinate.schema import SchemaManager
from procrastinate import SyncPsycopgConnector
from sqlalchemy.dialects import postgresql

from hub.records.standard import STANDARD_TRAITS
from hub.storage.sql import statement

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tables()
    create_queue()
    add_standard_traits()
    app_role = context.config.attributes["app_role"]
    run_script(statement("0001_access.sql", app_role=app_role))


def run_script(script: str) -> None:
    """Several statements at once, as they stand in the file."""
    op.get_bind().connection.cursor().execute(script)


def create_queue() -> None:
    """Procrastinate's tables in a schema of their own; the application role uses, never owns them."""
    app_role = context.config.attributes["app_role"]
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path = jobs, public")
    run_script(SchemaManager(SyncPsycopgConnector()).get_schema())
    op.execute("RESET search_path")
    run_script(statement("0001_queue.sql", app_role=app_role))


def add_standard_traits() -> None:
    trait = sa.table("trait", *map(sa.column, STANDARD_TRAITS[0]), schema="app")
    op.bulk_insert(trait, STANDARD_TRAITS)


def create_tables() -> None:
    op.create_table(
        "audit_event",
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("farm_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        schema="app",
    )
    op.create_index(
        op.f("ix_audit_event_farm_id"),
        "audit_event",
        ["farm_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_audit_event_subject_id"),
        "audit_event",
        ["subject_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "farm",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("species", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm")),
        sa.UniqueConstraint("code", name=op.f("uq_farm_code")),
        schema="app",
    )
    op.create_table(
        "idempotency_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency_key")),
        schema="app",
    )
    op.create_table(
        "person",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
        schema="app",
    )
    op.create_table(
        "trait",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("species", sa.String(), nullable=True),
        sa.Column("lowest", sa.Double(), nullable=False),
        sa.Column("highest", sa.Double(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trait")),
        schema="app",
    )
    op.create_table(
        "animal",
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("species", sa.String(), nullable=False),
        sa.Column("breed", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_type", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sire_id", sa.Uuid(), nullable=True),
        sa.Column("dam_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("sex IN ('F', 'M', 'U')", name=op.f("ck_animal_sex")),
        sa.CheckConstraint(
            "status IN ('alive', 'sold', 'dead', 'unknown')",
            name=op.f("ck_animal_status"),
        ),
        sa.CheckConstraint(
            "birth_type BETWEEN 1 AND 20", name=op.f("ck_animal_birth_type")
        ),
        sa.CheckConstraint(
            "id <> sire_id AND id <> dam_id", name=op.f("ck_animal_own_parent")
        ),
        sa.ForeignKeyConstraint(
            ["dam_id"], ["app.animal.id"], name=op.f("fk_animal_dam_id")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_animal_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["sire_id"], ["app.animal.id"], name=op.f("fk_animal_sire_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_animal")),
        sa.UniqueConstraint("farm_id", "tag", name=op.f("uq_animal_farm_id_tag")),
        schema="app",
    )
    op.create_index(
        op.f("ix_animal_dam_id"), "animal", ["dam_id"], unique=False, schema="app"
    )
    op.create_index(
        op.f("ix_animal_farm_id_birth_date_id"),
        "animal",
        ["farm_id", "birth_date", "id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_animal_sire_id"), "animal", ["sire_id"], unique=False, schema="app"
    )
    op.create_table(
        "dataset_version",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("farm_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("objects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "description", postgresql.JSONB(astext_type=sa.Text()), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_dataset_version_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_version")),
        schema="app",
    )
    op.create_index(
        op.f("ix_dataset_version_content_hash"),
        "dataset_version",
        ["content_hash"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "farm_member",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'worker', 'adviser', 'reader')",
            name=op.f("ck_farm_member_role"),
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_farm_member_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_farm_member_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "farm_id", name=op.f("pk_farm_member")),
        schema="app",
    )
    op.create_index(
        op.f("ix_farm_member_farm_id"),
        "farm_member",
        ["farm_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "file",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_file_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        schema="app",
    )
    op.create_table(
        "job",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_job_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        schema="app",
    )
    op.create_index(
        op.f("ix_job_person_id"), "job", ["person_id"], unique=False, schema="app"
    )
    op.create_index(
        op.f("ix_job_subject_id"), "job", ["subject_id"], unique=False, schema="app"
    )
    op.create_table(
        "animal_identifier",
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("animal_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["animal_id"],
            ["app.animal.id"],
            name=op.f("fk_animal_identifier_animal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_animal_identifier_farm_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_animal_identifier")),
        sa.UniqueConstraint(
            "farm_id",
            "scheme",
            "value",
            name=op.f("uq_animal_identifier_farm_id_scheme_value"),
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_animal_identifier_animal_id"),
        "animal_identifier",
        ["animal_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_animal_identifier_value"),
        "animal_identifier",
        ["value"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "evaluation",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("traits", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("farm_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("publish_when_done", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=False
        ),
        sa.Column("objects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result_hash", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_evaluation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["app.dataset_version.id"],
            name=op.f("fk_evaluation_dataset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_evaluation_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        schema="app",
    )
    op.create_index(
        op.f("ix_evaluation_published_at"),
        "evaluation",
        ["published_at"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_evaluation_traits"),
        "evaluation",
        ["traits"],
        unique=False,
        schema="app",
        postgresql_using="gin",
    )
    op.create_table(
        "import",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_loaded", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('animals', 'records')", name=op.f("ck_import_kind")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_import_state"),
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_import_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["app.file.id"], name=op.f("fk_import_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_import_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        schema="app",
    )
    op.create_index(
        op.f("ix_import_farm_id"), "import", ["farm_id"], unique=False, schema="app"
    )
    op.create_table(
        "record",
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("animal_id", sa.Uuid(), nullable=False),
        sa.Column("trait_code", sa.String(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False
        ),
        sa.Column("source_import_id", sa.Uuid(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["animal_id"], ["app.animal.id"], name=op.f("fk_record_animal_id")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_record_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["trait_code"], ["app.trait.code"], name=op.f("fk_record_trait_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint(
            "animal_id",
            "trait_code",
            "recorded_on",
            "occasion",
            name="uq_record_occasion",
            postgresql_nulls_not_distinct=True,
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_record_farm_id_trait_code_recorded_on"),
        "record",
        ["farm_id", "trait_code", "recorded_on"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_record_source_import_id"),
        "record",
        ["source_import_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_record_trait_code"),
        "record",
        ["trait_code"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "breeding_value",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("trait_code", sa.String(), nullable=False),
        sa.Column("animal_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("se", sa.Double(), nullable=True),
        sa.Column("reliability", sa.Double(), nullable=True),
        sa.Column("accuracy", sa.Double(), nullable=True),
        sa.Column("inbreeding", sa.Double(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("percentile", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["animal_id"], ["app.animal.id"], name=op.f("fk_breeding_value_animal_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["app.evaluation.id"],
            name=op.f("fk_breeding_value_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_breeding_value_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["trait_code"],
            ["app.trait.code"],
            name=op.f("fk_breeding_value_trait_code"),
        ),
        sa.PrimaryKeyConstraint(
            "evaluation_id", "trait_code", "animal_id", name=op.f("pk_breeding_value")
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_breeding_value_animal_id_trait_code"),
        "breeding_value",
        ["animal_id", "trait_code"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_breeding_value_evaluation_id_trait_code_value"),
        "breeding_value",
        ["evaluation_id", "trait_code", "value"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_breeding_value_farm_id"),
        "breeding_value",
        ["farm_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('rejected', 'mended')", name=op.f("ck_import_row_state")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_import_row_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["app.import.id"], name=op.f("fk_import_row_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "row_number", name=op.f("pk_import_row")),
        schema="app",
    )
    op.create_index(
        op.f("ix_import_row_farm_id"),
        "import_row",
        ["farm_id"],
        unique=False,
        schema="app",
    )
